// Plans of reads that ask for a few fields: by the keys of an index, where those say all of it.
import { documentOf, int32Value } from '../../bson/values.js';
import type { Projection } from '../../query/projection/projection.js';
import type { CollectionEntry } from '../../storage/units.js';
import { planDistinct, type DistinctRequest } from '../distinct-plan.js';
import { covered } from '../key-coverage.js';
import type { PlanNode } from '../plan.js';
import { noteUse, planRequest, type ReadQuery } from './read-query.js';

/** One document for each value of the field; undefined where no index gives that by itself. */
export function planDistinctRead(collection: CollectionEntry, query: ReadQuery, wanted: Pick<DistinctRequest, 'path' | 'isMissingKept' | 'isWhole'>): PlanNode | undefined {
  const plan = planDistinct(collection, { ...planRequest(query, collection), ...wanted });
  if (plan === undefined) return undefined;
  noteUse(plan, collection, query);
  return wanted.isWhole ? plan : ofPaths(plan, [wanted.path], query);
}

/** The plan with documents of these paths alone, where keys say all of them; undefined: documents have to be read. */
export function planCovered(plan: PlanNode, paths: readonly string[], query: ReadQuery): PlanNode | undefined {
  const fromKeys = covered(plan, new Set(paths));
  return fromKeys === undefined || paths.length === 0 ? fromKeys : ofPaths(fromKeys, paths, query);
}

/** Says what the documents below are made of: there is nothing left to shape. */
function ofPaths(plan: PlanNode, paths: readonly string[], { matcher }: ReadQuery): PlanNode {
  const fields = paths.map((path) => [path, int32Value(1)] as const);
  const specification = documentOf(paths.includes('_id') ? fields : [...fields, ['_id', int32Value(0)]]);
  const projection: Projection = { dependencies: paths, needsArrayIndex: false, apply: (document) => document.document() };
  return { stage: 'PROJECTION_COVERED', input: plan, projection, specification, matcher };
}
