// IXSCAN whose keys are all that is asked for: its rows have documents made of them. A key that does not say enough (a null that may
// be a missing field, a value whose form is lost in the key, an array's element) has its document read, and counted.
import { decodeKey } from '../../bson/key-decoding.js';
import type { Direction } from '../../bson/key-encoding.js';
import { documentValue, type RawDocument } from '../../bson/raw-value.js';
import type { RecordId } from '../../storage/units.js';
import type { IndexScanPlan } from '../plan.js';
import { RangeWalk } from './index-scan.js';
import { type Attachment, ExecutionStage, finished, needTime, type Work } from './stage.js';

export class KeyDocumentScan extends ExecutionStage {
  private readonly walk: RangeWalk;
  private readonly directions: readonly Direction[];
  private attachment: Attachment | undefined;

  constructor(plan: IndexScanPlan, private readonly fromKeys: NonNullable<IndexScanPlan['fromKeys']>) {
    super(plan, []);
    this.walk = new RangeWalk(plan);
    this.directions = plan.bounds.map(({ descending }) => (descending ? -1 : 1));
  }

  override attach(attachment: Attachment): void {
    this.walk.attach(attachment);
    this.attachment = attachment;
  }

  override detach(): void {
    this.walk.detach();
    this.attachment = undefined;
  }

  protected step(): Work {
    for (;;) {
      const next = this.walk.next();
      if (next === undefined) return finished;
      if (next === 'range-ended') continue;
      this.counters.keysExamined += 1;
      if (next === 'seen') return needTime;
      const document = this.fromKey() ?? this.fetched(next);
      const { filter } = this.fromKeys;
      if (document === undefined || filter?.matches(documentValue(document)) === false) return needTime;
      return { recordId: next, document };
    }
  }

  private fromKey(): RawDocument | undefined {
    const { documents, filter } = this.fromKeys;
    if (documents.isEmpty && filter === undefined) return documents.documentOf([]);
    const { current } = this.walk;
    if (current === undefined || this.walk.isMultikey) return undefined;
    if (documents.isEmpty) return documents.documentOf([]);
    const key = decodeKey(current.encodedKey, this.directions, current.numberTypes);
    return key === undefined ? undefined : documents.documentOf(key);
  }

  private fetched(recordId: RecordId): RawDocument | undefined {
    if (this.attachment === undefined) return undefined;
    this.counters.docsExamined += 1;
    return this.attachment.unit.record(this.attachment.collection, recordId);
  }
}
