// SORT_MERGE: merges inputs that are each in order, each record once.
import type { RawDocument } from '../../bson/raw-value.js';
import type { RecordId } from '../../storage/units.js';
import type { PlanNode } from '../plan.js';
import { ExecutionStage, finished, needTime, type Row, type Work } from './stage.js';

interface Head {
  readonly row: Row & { readonly document: RawDocument };
}

export class SortMerge extends ExecutionStage {
  /** The next row of each input: undefined where it must be asked for, 'ended' where there is none. */
  private readonly heads: (Head | undefined | 'ended')[];
  private readonly seen = new Set<RecordId>();

  constructor(
    override readonly plan: Extract<PlanNode, { stage: 'SORT_MERGE' }>,
    inputs: readonly ExecutionStage[],
  ) {
    super(plan, inputs);
    this.heads = inputs.map(() => undefined);
  }

  protected step(): Work {
    const missing = this.heads.indexOf(undefined);
    if (missing !== -1) return this.advance(missing);
    let best: number | undefined;
    for (const [position, head] of this.heads.entries()) {
      if (head === undefined || head === 'ended') continue;
      if (best === undefined || this.isBefore(position, best)) best = position;
    }
    if (best === undefined) return finished;
    const { row } = this.heads[best] as Head;
    this.heads[best] = undefined;
    if (this.seen.has(row.recordId)) return needTime;
    this.seen.add(row.recordId);
    return row;
  }

  private advance(position: number): Work {
    const row = this.inputs[position]!.work();
    if (row === finished) this.heads[position] = 'ended';
    else if (row !== needTime && row.document !== undefined) this.heads[position] = { row: { recordId: row.recordId, document: row.document } };
    return needTime;
  }

  private isBefore(a: number, b: number): boolean {
    return this.plan.order.compare((this.heads[a] as Head).row.document, (this.heads[b] as Head).row.document) < 0;
  }
}
