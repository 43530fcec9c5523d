// SORT: reads everything below it, then yields it in order. With a limit it keeps no more rows than the limit; what memory does not
// hold goes to temporary files where the command lets it.
import { breather } from '../../aggregation/external-sort.js';
import { LimitedSort } from '../../aggregation/limited-sort.js';
import { MemoryBudget } from '../../aggregation/stages/memory-budget.js';
import type { RawDocument } from '../../bson/raw-value.js';
import type { SortKey } from '../../query/sort.js';
import type { PlanNode } from '../plan.js';
import { ExecutionStage, finished, needTime, type Attachment, type Row, type RunMemory, type Work } from './stage.js';

interface Keyed {
  readonly row: Row;
  readonly document: RawDocument;
  readonly key: SortKey;
}

/** What a row costs besides its document: key, record id, objects. */
const rowOverhead_bytes = 128;
const recordIdBytes = 8;

export class Sort extends ExecutionStage {
  private sort: LimitedSort<Keyed> | undefined;
  private spilling: Iterator<undefined> | undefined;
  private sorted: Iterator<Keyed | typeof breather> | undefined;
  private sortedBytes = 0;
  private spillCount = 0;

  constructor(
    override readonly plan: Extract<PlanNode, { stage: 'SORT' }>,
    private readonly input: ExecutionStage,
  ) {
    super(plan, [input]);
  }

  override attach(attachment: Attachment): void {
    this.sort ??= this.begin(attachment.memory);
    super.attach(attachment);
  }

  /** Bytes of all rows that came in, for explain's `totalDataSizeSorted`. */
  get heldBytes(): number {
    return this.sortedBytes;
  }

  /** How often rows were moved to temporary files, for explain. */
  get spills(): number {
    return this.spillCount;
  }

  override close(): void {
    super.close();
    this.sort?.close();
  }

  protected step(): Work {
    if (this.spilling !== undefined) {
      if (this.spilling.next().done === true) this.spilling = undefined;
      return needTime;
    }
    if (this.sorted !== undefined) return this.yieldNext(this.sorted);
    const row = this.input.work();
    if (row === needTime) return needTime;
    if (row === finished) {
      this.sorted = this.sort!.sorted();
      return needTime;
    }
    if (row.document !== undefined) this.keep(this.keyed({ recordId: row.recordId, document: row.document }));
    return needTime;
  }

  private begin(memory: RunMemory | undefined): LimitedSort<Keyed> {
    const { order, limit } = this.plan;
    const disk = memory?.allowDiskUse === true ? memory.memory.disk : undefined;
    const limitBytes = memory?.memory.sortLimitBytes ?? this.plan.memoryLimit_bytes;
    const room = new MemoryBudget(
      // The slices in which a plan runs look by themselves whether to stop.
      { memory: memory?.memory, sources: { checkInterrupt: () => undefined } },
      limitBytes,
      () => `Executor error during find command :: caused by :: Sort exceeded memory limit of ${limitBytes} bytes, but did not opt in to external sorting.`,
    );
    return new LimitedSort<Keyed>((a, b) => order.compareKeys(a.key, b.key), limit, {
      room, disk, encode, bytesOf,
      decode: (record) => this.keyed({ recordId: record.readDoubleLE(0), document: record.subarray(recordIdBytes) }),
    });
  }

  private yieldNext(sorted: Iterator<Keyed | typeof breather>): Work {
    const next = sorted.next();
    if (next.done === true) {
      this.sort!.close();
      return finished;
    }
    return next.value === breather ? needTime : next.value.row;
  }

  private keyed(row: Row & { readonly document: RawDocument }): Keyed {
    return { row, document: row.document, key: this.plan.order.keyOf(row.document) };
  }

  private keep(keyed: Keyed): void {
    this.sortedBytes += bytesOf(keyed);
    if (!this.sort!.add(keyed)) return;
    this.spillCount += 1;
    this.spilling = this.sort!.spill();
  }
}

function bytesOf({ document }: Keyed): number {
  return document.length + rowOverhead_bytes;
}

function encode({ row, document }: Keyed): Buffer {
  const recordId = Buffer.allocUnsafe(recordIdBytes);
  recordId.writeDoubleLE(row.recordId, 0);
  return Buffer.concat([recordId, document]);
}
