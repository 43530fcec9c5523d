// How often each index was read since the engine started: what `$indexStats` shows.
// Source: the manual's page "$indexStats", "accesses".
import type { IndexEntry } from '../storage/units.js';
import { inputsOf, type PlanNode } from './plan.js';

function indexIdsOf(plan: PlanNode): number[] {
  if (plan.stage === 'IXSCAN') return [plan.index.id];
  if (plan.stage === 'COUNT_SCAN' || plan.stage === 'DISTINCT_SCAN') return [plan.scan.index.id];
  return inputsOf(plan).flatMap(indexIdsOf);
}

export class IndexUsage {
  private readonly usages = new Map<number, number>();
  /** Counts one use of each index that the plan reads; `idIndex` where it is a look-up by `_id`. */
  note(plan: PlanNode, idIndex: IndexEntry | undefined): void {
    const isLookup = plan.stage === 'EXPRESS_IXSCAN' || plan.stage === 'IDHACK' || (inputsOf(plan).some(({ stage }) => stage === 'EXPRESS_IXSCAN'));
    const ids = isLookup && idIndex !== undefined ? [idIndex.id] : new Set(indexIdsOf(plan));
    for (const id of ids) {
      this.usages.set(id, (this.usages.get(id) ?? 0) + 1);
    }
  }

  /** How many operations read the index. */
  operationsOn(index: IndexEntry): number {
    return this.usages.get(index.id) ?? 0;
  }
}
