// RECORD_STORE_FAST_COUNT: one row that says how many documents the collection has. Nothing is read.
import { int64Value, documentOf } from '../../bson/values.js';
import type { PlanNode } from '../plan.js';
import { type Attachment, ExecutionStage, finished, type Work } from './stage.js';

export class RecordCount extends ExecutionStage {
  private count: number | undefined;

  constructor(plan: Extract<PlanNode, { stage: 'RECORD_STORE_FAST_COUNT' }>) {
    super(plan, []);
  }

  override attach({ unit, collection }: Attachment): void {
    this.count ??= unit.counts(collection).documents;
  }

  protected step(): Work {
    if (this.counters.advanced > 0) return finished;
    return { recordId: 0, document: documentOf([['count', int64Value(BigInt(this.count ?? 0))]]) };
  }
}
