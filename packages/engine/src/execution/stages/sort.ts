// SORT: reads everything below it, then yields it in order. With a limit it keeps no more rows than the limit.
import type { RawDocument } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import type { SortKey } from '../../query/sort.js';
import type { PlanNode } from '../plan.js';
import { ExecutionStage, finished, needTime, type Row, type Work } from './stage.js';

interface Keyed {
  readonly row: Row;
  readonly key: SortKey;
}

/** What a row costs besides its document: key, record id, objects. */
const rowOverhead_bytes = 128;

export class Sort extends ExecutionStage {
  private rows: Keyed[] = [];
  private bytes = 0;
  private isSorted = false;
  private position = 0;

  constructor(
    override readonly plan: Extract<PlanNode, { stage: 'SORT' }>,
    private readonly input: ExecutionStage,
  ) {
    super(plan, [input]);
  }

  /** Bytes held, for explain's `totalDataSizeSorted`. */
  get heldBytes(): number {
    return this.bytes;
  }

  protected step(): Work {
    if (this.isSorted) return this.yieldNext();
    const row = this.input.work();
    if (row === needTime) return needTime;
    if (row === finished) {
      this.order();
      this.isSorted = true;
      return needTime;
    }
    if (row.document !== undefined) this.keep(row, row.document);
    return needTime;
  }

  private yieldNext(): Work {
    const next = this.rows[this.position];
    if (next === undefined) return finished;
    this.position += 1;
    return next.row;
  }

  private keep(row: Row, document: RawDocument): void {
    this.rows.push({ row, key: this.plan.order.keyOf(document) });
    this.bytes += document.length + rowOverhead_bytes;
    const { limit, memoryLimit_bytes } = this.plan;
    // Cutting back now and then, not at every row, keeps the cost of a limited sort linear.
    if (limit !== undefined && this.rows.length >= limit * 2 + 64) this.order();
    if (this.bytes > memoryLimit_bytes) this.order();
    if (this.bytes <= memoryLimit_bytes) return;
    throw new CommandError(
      'QueryExceededMemoryLimitNoDiskUseAllowed',
      `Executor error during find command :: caused by :: Sort exceeded memory limit of ${memoryLimit_bytes} bytes, but did not opt in to external sorting.`,
    );
  }

  /** Sorts what is held (equal rows stay in the order they came) and drops what is beyond the limit. */
  private order(): void {
    const { order, limit } = this.plan;
    this.rows.sort((a, b) => order.compareKeys(a.key, b.key));
    if (limit === undefined || this.rows.length <= limit) return;
    for (const { row } of this.rows.splice(limit)) this.bytes -= (row.document?.length ?? 0) + rowOverhead_bytes;
  }
}
