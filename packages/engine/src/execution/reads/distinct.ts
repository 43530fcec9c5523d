// `distinct`: the different values of one field over all matching documents; arrays count by their elements.
// Source: the manual's page "distinct (database command)".
import { canonicalKey } from '../../bson/canonical-key.js';
import { arrayValues } from '../../bson/reader.js';
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { BsonType } from '../../bson/types.js';
import { emptyDocument } from '../../bson/writer.js';
import type { ExplainVerbosity } from '../../dispatch/command.js';
import type { CommandContext } from '../../dispatch/context.js';
import { CommandError } from '../../errors.js';
import type { CollectionEntry, ReadUnit } from '../../storage/units.js';
import { anyValueAt } from '../../query/match/path-values.js';
import { parsePath } from '../../query/path.js';
import { runInSlices } from '../document-source.js';
import type { DocumentSource } from '../document-source.js';
import { explainPlan } from '../explain/explain-plan.js';
import { LazySource } from '../lazy-source.js';
import { PlanRun } from '../plan-run.js';
import { noOthers, type PlannedQuery } from '../planner.js';
import { finished, needTime } from '../stages/stage.js';
import { prepareFind, sourceOf, type FindRequest } from './find.js';
import { planCovered, planDistinctRead } from './key-plans.js';
import { planRead } from './read-query.js';
import { resolveNamespace } from './views.js';

export interface DistinctRequest extends FindRequest {
  readonly key: string;
}

const maxReply_bytes = 16 * 1024 * 1024;

class ValueSet {
  private readonly values = new Map<string, RawValue>();
  private bytes = 0;

  constructor(private readonly collation: Parameters<typeof canonicalKey>[1]) {}

  add(value: RawValue): void {
    const key = canonicalKey(value, this.collation);
    if (this.values.has(key)) return;
    this.values.set(key, value);
    this.bytes += value.end - value.start + 16;
    if (this.bytes > maxReply_bytes) throw new CommandError(17217, 'distinct too big, 16mb cap');
  }

  /** The values in the order in which they were met, as MongoDB gives them: by an index in its order, by a scan as they were stored. */
  all(): RawValue[] {
    return [...this.values.values()];
  }
}

/** One document for each value where an index gives that, and otherwise all that match, by their keys where those say enough. */
function planValues(unit: ReadUnit, collection: CollectionEntry, { query, key }: DistinctRequest): PlannedQuery {
  const distinct = planDistinctRead(collection, query, { path: key, isMissingKept: false, isWhole: false });
  if (distinct !== undefined) return { winning: distinct, rejected: noOthers };
  const planned = planRead(unit, collection, query);
  const covered = planCovered(planned.winning, [key], query);
  return covered === undefined ? planned : { ...planned, winning: covered };
}

function prepareDistinct(unit: ReadUnit, context: CommandContext, request: DistinctRequest): DocumentSource {
  const { isView, collection } = resolveNamespace(unit, context.database, request.collection);
  if (isView || collection === undefined) return sourceOf(prepareFind(unit, context, request));
  return new PlanRun(planValues(unit, collection, request).winning, collection, { memory: context.services.workingMemory, allowDiskUse: request.query.allowDiskUse });
}

export async function distinctValues(context: CommandContext, request: DistinctRequest): Promise<RawValue[]> {
  const path = parsePath(request.key);
  const found = new ValueSet(request.query.environment.collation);
  const source = new LazySource((unit) => prepareDistinct(unit, context, request));
  const collect = (value: RawValue | undefined): boolean => {
    if (value?.type === BsonType.array) for (const element of arrayValues(value)) found.add(element);
    else if (value !== undefined) found.add(value);
    return false;
  };
  await runInSlices(context, source, () => {
    const next = source.next();
    if (next === finished) return true;
    if (next !== needTime) anyValueAt(documentValue(next), path, false, collect, undefined);
    return false;
  });
  return found.all();
}

export function explainDistinct(context: CommandContext, request: DistinctRequest, verbosity: ExplainVerbosity): Promise<RawDocument> {
  return explainPlan(context, {
    collection: request.collection,
    filter: request.options.filter ?? emptyDocument,
    query: request.query,
    plan: (unit, collection) => (collection === undefined ? planRead(unit, collection, request.query) : planValues(unit, collection, request)),
    wrapper: undefined,
  }, verbosity);
}
