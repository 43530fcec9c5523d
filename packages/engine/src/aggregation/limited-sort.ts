// A sort of which the first so many rows may be all that is wanted: then no more are kept, as long as they fit into memory.
import { BoundedOrder } from './accumulators/bounded-order.js';
import { breather, ExternalSort, type SortStorage } from './external-sort.js';

const rowsPerBreather = 64;

export class LimitedSort<Row> {
  private best: BoundedOrder<Row> | undefined;
  private bestBytes = 0;
  private readonly all: ExternalSort<Row>;

  /** `limit` undefined: all rows are wanted. */
  constructor(
    compare: (a: Row, b: Row) => number,
    private readonly limit: number | undefined,
    private readonly storage: SortStorage<Row>,
  ) {
    this.all = new ExternalSort(compare, storage);
    if (limit !== undefined) this.best = new BoundedOrder(limit, compare);
  }

  /** True: the caller must let `spill` run to its end before the next row. Throws where there is no room and no disk. */
  add(row: Row): boolean {
    if (this.best === undefined) return this.all.add(row);
    const { room, disk } = this.storage;
    const dropped = this.best.add(row);
    const bytes = this.storage.bytesOf(row);
    const droppedBytes = dropped === undefined ? 0 : this.storage.bytesOf(dropped);
    this.bestBytes += bytes - droppedBytes;
    if (droppedBytes > 0) room.release(droppedBytes);
    if (room.hold(bytes)) return false;
    return disk === undefined ? room.refuse() : true;
  }

  /** Moves what is held into a temporary file; stops now and then, so that others are served. */
  *spill(): Generator<undefined> {
    if (this.best !== undefined) {
      const { best, bestBytes } = this;
      const rows: Row[] = [];
      for (const row of bestFirst(best)) {
        if (row === breather) yield undefined;
        else rows.push(row);
      }
      this.best = undefined;
      this.all.addRun(rows, bestBytes);
    }
    yield* this.all.spill();
  }

  /** The rows in order; a `breather` now and then where that takes work of its own. */
  *sorted(): Generator<Row | typeof breather> {
    if (this.best !== undefined) {
      yield* bestFirst(this.best);
      return;
    }
    const rows = this.all.sorted();
    for (let count = 0; this.limit === undefined || count < this.limit; count += 1) {
      const next = rows.next();
      if (next.done === true) return;
      yield next.value;
    }
  }

  /** Lets go of memory and files. */
  close(): void {
    if (this.best !== undefined) this.storage.room.release(this.bestBytes);
    this.best = undefined;
    this.all.close();
  }
}

/** The heap gives the worst first. */
function* bestFirst<Row>(best: BoundedOrder<Row>): Generator<Row | typeof breather> {
  const worstFirst: Row[] = [];
  for (const row of best.taken()) {
    worstFirst.push(row);
    if (worstFirst.length % rowsPerBreather === 0) yield breather;
  }
  while (worstFirst.length > 0) yield worstFirst.pop()!;
}
