// DISTINCT_SCAN: one row for each value of an index's field within the plan's ranges. Behind a value it looks a few keys ahead, and then
// goes to the place behind all keys of that value at once. Source: the manual's "Explain Results", `DISTINCT_SCAN`.
import { decodeKey, keyPrefix } from '../../bson/key-decoding.js';
import { prefixSuccessor } from '../../bson/key-bounds.js';
import type { Direction } from '../../bson/key-encoding.js';
import { documentValue, type RawDocument } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { parsePath, valueAtPath, type Path } from '../../query/path.js';
import type { IndexEntry, IndexPosition, KeyRange, RecordId } from '../../storage/units.js';
import type { PlanNode } from '../plan.js';
import { type Attachment, ExecutionStage, finished, needTime, type Work } from './stage.js';

/** A place is looked for anew where more keys than this have the same value: that costs about as much as reading so many. */
export const keysAhead = 16;

export class DistinctScan extends ExecutionStage {
  private readonly directions: readonly Direction[];
  private readonly path: Path;
  private attachment: (Attachment & { readonly index: IndexEntry }) | undefined;
  private positions: Iterator<IndexPosition> | undefined;
  private rangeIndex = 0;
  private last: IndexPosition | undefined;
  /** The bytes that the keys of the last value begin with: no more of them are wanted. */
  private done: Buffer | undefined;
  private passed = 0;
  private isMultikey = false;

  constructor(override readonly plan: Extract<PlanNode, { stage: 'DISTINCT_SCAN' }>) {
    super(plan, []);
    const { bounds } = plan.scan;
    this.directions = bounds.map(({ descending }) => (descending ? -1 : 1));
    this.path = parsePath(bounds[plan.field]!.path);
  }

  override attach(attachment: Attachment): void {
    const { index } = this.plan.scan;
    const found = attachment.collection.indexes.find(({ id }) => id === index.id);
    if (found === undefined) throw new CommandError('QueryPlanKilled', `query plan killed :: caused by :: index '${index.name}' dropped`);
    // Keys may be parts of arrays from now on: then every document is shown, whole, and nothing passed over.
    if (found.multikey) this.isMultikey = true;
    this.attachment = { ...attachment, index: found };
  }

  override detach(): void {
    this.positions?.return?.();
    this.positions = undefined;
    this.attachment = undefined;
  }

  protected step(): Work {
    this.positions ??= this.open();
    if (this.positions === undefined) return finished;
    const next = this.positions.next();
    if (next.done === true) {
      this.positions = undefined;
      this.last = undefined;
      this.done = undefined;
      this.rangeIndex += 1;
      return needTime;
    }
    this.counters.keysExamined += 1;
    this.last = next.value;
    return this.isDone(next.value) ? this.passOver() : this.rowOf(next.value);
  }

  private isDone({ encodedKey }: IndexPosition): boolean {
    return this.done !== undefined && encodedKey.length >= this.done.length && encodedKey.subarray(0, this.done.length).equals(this.done);
  }

  private passOver(): Work {
    this.passed += 1;
    if (this.passed >= keysAhead) {
      this.positions?.return?.();
      this.positions = undefined;
    }
    return needTime;
  }

  private rowOf({ encodedKey, numberTypes, recordId }: IndexPosition): Work {
    const { documents, isMissingKept, field } = this.plan;
    let document: RawDocument | undefined;
    if (documents !== undefined) {
      const key = this.isMultikey ? undefined : decodeKey(encodedKey, this.directions, numberTypes);
      document = (key === undefined ? undefined : documents.documentOf(key)) ?? this.fetched(recordId);
      const isMissing = document === undefined || valueAtPath(documentValue(document), this.path) === undefined;
      if (isMissing && !isMissingKept) {
        // Behind a missing value there may be a null, which has the same key: the walk goes on behind this one.
        this.done = undefined;
        return needTime;
      }
    }
    this.done = this.isMultikey ? undefined : keyPrefix(encodedKey, this.directions.slice(0, field + 1), numberTypes);
    this.passed = 0;
    return { recordId, document };
  }

  private fetched(recordId: RecordId): RawDocument | undefined {
    if (this.attachment === undefined) return undefined;
    this.counters.docsExamined += 1;
    return this.attachment.unit.record(this.attachment.collection, recordId);
  }

  private open(): Iterator<IndexPosition> | undefined {
    const { ranges, direction } = this.plan.scan;
    const reverse = direction === 'backward';
    const range = ranges[reverse ? ranges.length - 1 - this.rangeIndex : this.rangeIndex];
    if (range === undefined || this.attachment === undefined) return undefined;
    const { unit, collection, index } = this.attachment;
    if (this.last === undefined) return unit.scanIndex(collection, index, { range, reverse })[Symbol.iterator]();
    if (this.done === undefined) return unit.scanIndex(collection, index, { range, reverse, after: this.last.position })[Symbol.iterator]();
    return unit.scanIndex(collection, index, { range: behind(range, this.done, reverse), reverse })[Symbol.iterator]();
  }
}

/** What is left of the range behind all keys that begin so. */
function behind(range: KeyRange, prefix: Buffer, reverse: boolean): KeyRange {
  return reverse ? { ...range, end: prefix, endInclusive: false } : { ...range, start: prefixSuccessor(prefix), startInclusive: true };
}
