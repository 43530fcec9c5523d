// IXSCAN: the records of an index's keys within the plan's ranges, in the index's order or against it.
import { CommandError } from '../../errors.js';
import type { IndexEntry, IndexPosition, RecordId } from '../../storage/units.js';
import { arrayPathsOf } from '../array-paths.js';
import type { IndexScanPlan, PlanNode } from '../plan.js';
import { type Attachment, ExecutionStage, finished, needTime, type Work } from './stage.js';

/** Walks the ranges one after the other and remembers where it stands. Shared by the scans of keys. */
export class RangeWalk {
  private rangeIndex = 0;
  private last: IndexPosition | undefined;
  private positions: Iterator<IndexPosition> | undefined;
  private attachment: Attachment | undefined;
  /** As it is in what is attached. */
  private index: IndexEntry | undefined;
  private seen: Set<RecordId> | undefined;

  constructor(private readonly plan: IndexScanPlan) {}

  /** Where the key that came last stands. */
  get current(): IndexPosition | undefined {
    return this.last;
  }

  /** Keys may be parts of arrays. */
  get isMultikey(): boolean {
    return this.seen !== undefined;
  }

  attach(attachment: Attachment): void {
    const index = attachment.collection.indexes.find(({ id }) => id === this.plan.index.id);
    if (index === undefined) throw new CommandError('QueryPlanKilled', `query plan killed :: caused by :: index '${this.plan.index.name}' dropped`);
    // An index may become multikey between two batches; from then on a record can come again.
    if (this.mayRepeat(attachment, index)) this.seen ??= new Set();
    this.attachment = attachment;
    this.index = index;
  }

  private mayRepeat({ unit, collection }: Attachment, index: IndexEntry): boolean {
    const { wildcard, bounds } = this.plan;
    if (wildcard === undefined) return index.multikey;
    return wildcard.mayRepeat || arrayPathsOf(unit, collection, index, bounds[wildcard.position + 1]!.path).length > 0;
  }

  detach(): void {
    this.positions?.return?.();
    this.positions = undefined;
    this.attachment = undefined;
    this.index = undefined;
  }

  /** The next key: its record; `needTime` where the record came already; `finished` behind the last range. */
  next(): RecordId | 'seen' | 'range-ended' | undefined {
    this.positions ??= this.openRange();
    if (this.positions === undefined) return undefined;
    const next = this.positions.next();
    if (next.done === true) {
      this.positions = undefined;
      this.last = undefined;
      this.rangeIndex += 1;
      return 'range-ended';
    }
    const { recordId } = next.value;
    this.last = next.value;
    if (this.seen === undefined) return recordId;
    if (this.seen.has(recordId)) return 'seen';
    this.seen.add(recordId);
    return recordId;
  }

  private openRange(): Iterator<IndexPosition> | undefined {
    const { ranges, direction } = this.plan;
    const reverse = direction === 'backward';
    const range = ranges[reverse ? ranges.length - 1 - this.rangeIndex : this.rangeIndex];
    const { attachment, index } = this;
    if (range === undefined || attachment === undefined || index === undefined) return undefined;
    const { unit, collection } = attachment;
    const scan = this.last === undefined ? { range, reverse } : { range, reverse, after: this.last.position };
    return unit.scanIndex(collection, index, scan)[Symbol.iterator]();
  }
}

abstract class KeyScan extends ExecutionStage {
  private readonly walk: RangeWalk;

  constructor(plan: PlanNode, scan: IndexScanPlan) {
    super(plan, []);
    this.walk = new RangeWalk(scan);
  }

  override attach(attachment: Attachment): void {
    this.walk.attach(attachment);
  }

  override detach(): void {
    this.walk.detach();
  }

  protected step(): Work {
    for (;;) {
      const next = this.walk.next();
      if (next === undefined) return finished;
      if (next === 'range-ended') continue;
      this.counters.keysExamined += 1;
      return next === 'seen' ? needTime : { recordId: next, document: undefined };
    }
  }
}

export class IndexScan extends KeyScan {
  constructor(plan: IndexScanPlan) {
    super(plan, plan);
  }
}

/** COUNT_SCAN: as IXSCAN; its rows are never fetched. */
export class CountScan extends KeyScan {
  constructor(plan: Extract<PlanNode, { stage: 'COUNT_SCAN' }>) {
    super(plan, plan.scan);
  }
}
