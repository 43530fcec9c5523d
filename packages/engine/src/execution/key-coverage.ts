// What an index's keys say by themselves: a query that asks for nothing else reads no documents.
// Source: the manual's "Query Optimization", "Covered Query".
import { filterPaths } from '../query/filter-paths.js';
import { foldingCollation } from '../storage/index-collation.js';
import type { SortOrder } from '../query/sort.js';
import { KeyDocuments } from './key-documents.js';
import type { IndexScanPlan, PlanNode } from './plan.js';

function coveredScan(fetch: Extract<PlanNode, { stage: 'FETCH' }>, paths: ReadonlySet<string>): IndexScanPlan | undefined {
  const { input: scan, filter } = fetch;
  if (scan.stage !== 'IXSCAN' || scan.wildcard?.mayRepeat === true) return undefined;
  // What is only counted, is counted once however many keys it has.
  const isCounted = paths.size === 0 && filter === undefined;
  if (!isCounted && (scan.multikey || foldingCollation(scan.index) !== undefined)) return undefined;
  const filtered = filter === undefined ? [] : filterPaths(filter.node);
  const documents = filtered === undefined ? undefined : KeyDocuments.of(scan.bounds, new Set([...paths, ...filtered]));
  return documents === undefined ? undefined : { ...scan, fromKeys: { documents, filter } };
}

function withSort(paths: ReadonlySet<string>, { fields }: SortOrder): ReadonlySet<string> {
  return new Set([...paths, ...fields.map(({ path }) => path)]);
}

/** The plan with documents made of keys, where nobody asks for more than these paths of them; undefined where keys do not say all. */
export function covered(plan: PlanNode, paths: ReadonlySet<string>): PlanNode | undefined {
  switch (plan.stage) {
    case 'FETCH':
      return coveredScan(plan, paths);
    case 'SORT': {
      const input = covered(plan.input, withSort(paths, plan.order));
      return input === undefined ? undefined : { ...plan, input };
    }
    case 'SORT_MERGE': {
      const inputs = plan.inputs.map((input) => covered(input, withSort(paths, plan.order)));
      return inputs.every((input) => input !== undefined) ? { ...plan, inputs } : undefined;
    }
    default:
      return undefined;
  }
}
