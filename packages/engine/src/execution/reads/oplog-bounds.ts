// Where a read of the oplog may begin: its entries lie in the order of `ts`, so that who follows it from some time need not read what is before.
import { BsonType } from '../../bson/types.js';
import type { FilterNode } from '../../query/filter-node.js';
import type { Matcher } from '../../query/match/matcher.js';
import { isOplog, oplogRecordId } from '../../storage/oplog-collection.js';
import type { CollectionEntry, RecordId } from '../../storage/units.js';
import { conjuncts } from '../partial-index.js';
import type { PlanNode } from '../plan.js';

function earliest(condition: FilterNode): RecordId | undefined {
  if (condition.kind !== 'comparison' || condition.path !== 'ts' || condition.value.type !== BsonType.timestamp) return undefined;
  if (condition.operator !== '$gt' && condition.operator !== '$gte' && condition.operator !== '$eq') return undefined;
  return oplogRecordId(condition.value.int64());
}

/** The record behind which the scan begins; undefined: at the beginning. */
function oplogStart(collection: CollectionEntry, { node }: Matcher): RecordId | undefined {
  if (!isOplog(collection)) return undefined;
  const starts = conjuncts(node).map(earliest).filter((start) => start !== undefined);
  return starts.length === 0 ? undefined : Math.max(...starts) - 1;
}

/** The same plan, which begins there where it reads the whole oplog forward. */
export function boundedByTime(plan: PlanNode, collection: CollectionEntry, matcher: Matcher): PlanNode {
  const start = oplogStart(collection, matcher);
  if (start === undefined) return plan;
  if (plan.stage === 'COLLSCAN') return plan.direction === 'forward' ? { ...plan, after: start } : plan;
  return plan.stage === 'SORT' ? { ...plan, input: boundedByTime(plan.input, collection, matcher) } : plan;
}
