// FETCH: reads the document of each row that has none yet and drops those that the filter does not match.
import { documentValue } from '../../bson/raw-value.js';
import type { PlanNode } from '../plan.js';
import { type Attachment, ExecutionStage, finished, needTime, type Work } from './stage.js';

export class Fetch extends ExecutionStage {
  private attachment: Attachment | undefined;

  constructor(
    override readonly plan: Extract<PlanNode, { stage: 'FETCH' }>,
    private readonly input: ExecutionStage,
  ) {
    super(plan, [input]);
  }

  override attach(attachment: Attachment): void {
    super.attach(attachment);
    this.attachment = attachment;
  }

  override detach(): void {
    super.detach();
    this.attachment = undefined;
  }

  /** Nothing comes but what comes from below. */
  override get isExhausted(): boolean {
    return this.input.isExhausted;
  }

  protected step(): Work {
    const row = this.input.work();
    if (row === needTime || row === finished) return row;
    if (this.attachment === undefined) return finished;
    const document = row.document ?? this.attachment.unit.record(this.attachment.collection, row.recordId);
    this.counters.docsExamined += 1;
    if (document === undefined) return needTime;
    const { filter } = this.plan;
    return filter === undefined || filter.matches(documentValue(document)) ? { recordId: row.recordId, document } : needTime;
  }
}
