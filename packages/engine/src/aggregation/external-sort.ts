// Sorts more than memory holds, and never for long at a time: rows are sorted in short runs as they come, runs are merged as the
// result is read, and what does not fit is merged into temporary files. Equal rows stay in the order in which they came.
import type { SpillFile, SpillSpace } from './working-memory.js';

/** What a sort may hold. */
export interface SortRoom {
  hold(bytes: number): boolean;
  release(bytes: number): void;
  /** Throws. */
  refuse(): never;
}

/** How the rows of a sort are counted and, if there is a disk, written. */
export interface SortStorage<Row> {
  readonly room: SortRoom;
  readonly disk: SpillSpace | undefined;
  bytesOf(row: Row): number;
  encode(row: Row): Buffer;
  decode(record: Buffer): Row;
}

/** Stands among rows or other items for "nothing yet": whoever reads them may serve others before it goes on. */
export const breather = Symbol('breather');

/** Sorting so many rows takes some milliseconds. */
const runRows = 1024;
/** Each file that is read holds a buffer and a descriptor. */
const mostFiles = 64;
const rowsPerPause = 64;

/** The head of one run while runs are merged; runs are numbered in the order in which their rows came. */
interface Head<Row> {
  row: Row;
  readonly run: number;
  readonly rest: Iterator<Row>;
}

export class ExternalSort<Row> {
  private current: Row[] = [];
  private runs: (readonly Row[])[] = [];
  private files: SpillFile[] = [];
  private heldBytes = 0;

  /** Without storage the caller counts what is held, and nothing goes to files. */
  constructor(
    private readonly compare: (a: Row, b: Row) => number,
    private readonly storage?: SortStorage<Row>,
  ) {}

  /** True: the caller must let `spill` run to its end before the next row. Throws where there is no room and no disk. */
  add(row: Row): boolean {
    this.current.push(row);
    if (this.current.length >= runRows) this.endRun();
    if (this.storage === undefined) return false;
    const { room, disk } = this.storage;
    const bytes = this.storage.bytesOf(row);
    this.heldBytes += bytes;
    if (room.hold(bytes)) return false;
    return disk === undefined ? room.refuse() : true;
  }

  /** Takes in rows that are in order already, and counted. */
  addRun(rows: readonly Row[], bytes: number): void {
    this.endRun();
    this.runs.push(rows);
    this.heldBytes += bytes;
  }

  /** Moves what is held into a temporary file; stops now and then, so that others are served. */
  *spill(): Generator<undefined> {
    const { storage } = this;
    if (storage?.disk === undefined) return;
    if (this.files.length >= mostFiles) yield* this.mergeFiles(storage, storage.disk);
    this.endRun();
    const file = storage.disk.create();
    this.files.push(file);
    yield* write(storage, file, this.merge(this.runs.map((run) => run[Symbol.iterator]())));
    this.letGo();
  }

  /** All rows in order. */
  sorted(): Iterator<Row> {
    this.endRun();
    const { storage } = this;
    const filed = storage === undefined ? [] : this.files.map((file) => rowsOf(storage, file));
    return this.merge([...filed, ...this.runs.map((run) => run[Symbol.iterator]())]);
  }

  /** Lets go of memory and files; may be called at any time. */
  close(): void {
    for (const file of this.files) file.remove();
    this.files = [];
    this.current = [];
    this.letGo();
  }

  private letGo(): void {
    this.runs = [];
    this.storage?.room.release(this.heldBytes);
    this.heldBytes = 0;
  }

  private *mergeFiles(storage: SortStorage<Row>, disk: SpillSpace): Generator<undefined> {
    const merged = disk.create();
    const { files } = this;
    this.files = [...files, merged];
    yield* write(storage, merged, this.merge(files.map((file) => rowsOf(storage, file))));
    for (const file of files) file.remove();
    this.files = [merged];
  }

  private endRun(): void {
    if (this.current.length === 0) return;
    this.runs.push(this.current.sort(this.compare));
    this.current = [];
  }

  private *merge(runs: readonly Iterator<Row>[]): Generator<Row> {
    const heap: Head<Row>[] = [];
    for (const [run, rest] of runs.entries()) {
      const first = rest.next();
      if (first.done === true) continue;
      heap.push({ row: first.value, run, rest });
      this.raise(heap, heap.length - 1);
    }
    while (heap.length > 0) {
      const head = heap[0]!;
      yield head.row;
      const next = head.rest.next();
      if (next.done === true) {
        const last = heap.pop()!;
        if (heap.length === 0) return;
        if (last !== head) heap[0] = last;
      } else head.row = next.value;
      this.sink(heap);
    }
  }

  private isBefore(a: Head<Row>, b: Head<Row>): boolean {
    const order = this.compare(a.row, b.row);
    return order < 0 || (order === 0 && a.run < b.run);
  }

  private raise(heap: Head<Row>[], from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.isBefore(heap[at]!, heap[parent]!)) return;
      [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
      at = parent;
    }
  }

  private sink(heap: Head<Row>[]): void {
    let at = 0;
    for (;;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) if (child < heap.length && this.isBefore(heap[child]!, heap[least]!)) least = child;
      if (least === at) return;
      [heap[at], heap[least]] = [heap[least]!, heap[at]!];
      at = least;
    }
  }
}

function* write<Row>(storage: SortStorage<Row>, file: SpillFile, rows: Iterator<Row>): Generator<undefined> {
  let written = 0;
  for (let next = rows.next(); next.done !== true; next = rows.next()) {
    file.append(storage.encode(next.value));
    written += 1;
    if (written % rowsPerPause === 0) yield undefined;
  }
}

function* rowsOf<Row>(storage: SortStorage<Row>, file: SpillFile): Generator<Row> {
  const records = file.records();
  for (let next = records.next(); next.done !== true; next = records.next()) yield storage.decode(next.value);
}
