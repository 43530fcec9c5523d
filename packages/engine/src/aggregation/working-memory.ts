// What stages may hold while they gather: so much each, so much all together, and what they put on disk instead.
// Source: the manual's pages "Aggregation Pipeline Limits" and "Sort and Index Use".

/** A temporary file: written first, then read. */
export interface SpillFile {
  /** Throws OutOfDiskSpace. */
  append(record: Buffer): void;
  /** All records in the order in which they were written; each is a copy of its own. */
  records(): Iterator<Buffer>;
  remove(): void;
}

/** Where temporary files are made. Given by storage/. */
export interface SpillSpace {
  readonly totals?: SpillTotals;
  create(): SpillFile;
}

/** What is on disk now, and what was ever put there. */
export interface SpillTotals {
  open: number;
  bytes: number;
  spilledFiles: number;
  spilledBytes: number;
}

/** What all operations hold together. */
export class MemoryPool {
  heldBytes = 0;

  constructor(readonly limitBytes: number) {}

  get isFull(): boolean {
    return this.heldBytes > this.limitBytes;
  }
}

export interface WorkingMemory {
  /** What one stage may hold, and what a sort may. */
  readonly stageLimitBytes: number;
  readonly sortLimitBytes: number;
  readonly pool: MemoryPool;
  /** None: nothing is put on disk. */
  readonly disk: SpillSpace | undefined;
}

export const stageLimitBytes = 100 * 1024 * 1024;

/** For pipelines that run outside of a server. */
export const memoryOnly: WorkingMemory = { stageLimitBytes, sortLimitBytes: stageLimitBytes, pool: new MemoryPool(Number.POSITIVE_INFINITY), disk: undefined };
