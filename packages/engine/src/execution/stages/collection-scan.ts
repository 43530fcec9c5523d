// COLLSCAN: every record of the collection in insertion order or against it.
import { documentValue } from '../../bson/raw-value.js';
import type { RecordId, StoredRecord } from '../../storage/units.js';
import type { PlanNode } from '../plan.js';
import { type Attachment, ExecutionStage, finished, needTime, type Work } from './stage.js';

export class CollectionScan extends ExecutionStage {
  private last: RecordId | undefined;
  private records: Iterator<StoredRecord> | undefined;

  constructor(override readonly plan: Extract<PlanNode, { stage: 'COLLSCAN' }>) {
    super(plan, []);
  }

  override attach({ unit, collection }: Attachment): void {
    const reverse = this.plan.direction === 'backward';
    const after = this.last ?? this.plan.after;
    const scan = after === undefined ? { reverse } : { reverse, after, hasRead: this.last !== undefined };
    this.records = unit.scanRecords(collection, scan)[Symbol.iterator]();
  }

  override detach(): void {
    this.records?.return?.();
    this.records = undefined;
  }

  protected step(): Work {
    const next = this.records?.next();
    if (next === undefined || next.done === true) return finished;
    const record = next.value;
    this.last = record.recordId;
    this.counters.docsExamined += 1;
    const { filter } = this.plan;
    return filter === undefined || filter.matches(documentValue(record.document)) ? record : needTime;
  }
}
