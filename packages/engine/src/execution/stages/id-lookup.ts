// IDHACK and EXPRESS_IXSCAN: the one document whose _id is this value.
import { documentValue } from '../../bson/raw-value.js';
import type { PlanNode } from '../plan.js';
import { type Attachment, ExecutionStage, finished, type Work } from './stage.js';

export class IdLookup extends ExecutionStage {
  private attachment: Attachment | undefined;
  private isDone = false;

  constructor(override readonly plan: Extract<PlanNode, { stage: 'IDHACK' | 'EXPRESS_IXSCAN' }>) {
    super(plan, []);
  }

  override attach(attachment: Attachment): void {
    this.attachment = attachment;
  }

  override detach(): void {
    this.attachment = undefined;
  }

  override get isExhausted(): boolean {
    return this.isDone;
  }

  protected step(): Work {
    if (this.isDone || this.attachment === undefined) return finished;
    this.isDone = true;
    const { unit, collection } = this.attachment;
    const recordId = unit.recordIdOf(collection, this.plan.id);
    if (recordId === undefined) return finished;
    this.counters.keysExamined += 1;
    const document = unit.record(collection, recordId);
    if (document === undefined) return finished;
    this.counters.docsExamined += 1;
    const { filter } = this.plan;
    return filter === undefined || filter.matches(documentValue(document)) ? { recordId, document } : finished;
  }
}
