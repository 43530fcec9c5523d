// Room for the data file on its disk, taken before it is needed: what was acknowledged must not meet a full disk afterwards.
import { fstatSync, ftruncateSync } from 'node:fs';
import { writeZeros } from './durable-file.js';

const page_bytes = 4096;
/** A change of a row writes its page anew, and now and then the page above it. */
const pagesPerChange = 1.5;
const spare_bytes = 512 * 1024;
const growthShare = 1 / 8;
const growthMax_bytes = 8 * 1024 * 1024;

/** What a transaction of the data file may write, at most and about. */
export function roomFor(changes: number, bytes: number): number {
  return changes * pagesPerChange * page_bytes + bytes * 1.25 + spare_bytes;
}

export class DataRoom {
  private end: number;

  constructor(private readonly descriptor: number) {
    this.end = fstatSync(descriptor).size;
  }

  /** Makes sure of room behind `used`, the end of the pages in use. Throws what the file system says where there is none. */
  ensure(used: number, needed: number): void {
    if (used + needed <= this.end) return;
    const { size } = fstatSync(this.descriptor);
    const ample = used + needed + Math.min(size * growthShare, growthMax_bytes);
    const end = Math.ceil(ample / page_bytes) * page_bytes;
    // Behind the file's end only: what stands before it may be pages.
    writeZeros(this.descriptor, size, end);
    this.end = Math.max(size, end);
  }

  /** Gives back what is not used: nobody writes any more. */
  release(used: number): void {
    if (fstatSync(this.descriptor).size > used) ftruncateSync(this.descriptor, used);
  }
}
