// Temporary files of operations that hold more than memory allows. They lie in a folder of their own, which is emptied when the
// engine starts; their names are removed at once where the platform lets open files go on without one.
import { closeSync, ftruncateSync, mkdirSync, openSync, readSync, rmSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { SpillFile, SpillSpace, SpillTotals } from '../aggregation/working-memory.js';
import { CommandError } from '../errors.js';

const writeBufferBytes = 256 * 1024;
const readBufferBytes = 256 * 1024;
const lengthBytes = 4;

function diskError(error: unknown): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') return error;
  return new CommandError('OutOfDiskSpace', 'no room on the disk for the temporary files of this operation: free some, or ask for less at a time');
}

class TemporaryFile implements SpillFile {
  private readonly descriptor: number;
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private length = 0;
  private isRemoved = false;

  constructor(
    private readonly path: string,
    private readonly totals: SpillTotals,
  ) {
    this.descriptor = openSync(path, 'w+', 0o600);
    if (process.platform !== 'win32') unlinkSync(path);
    totals.open += 1;
    totals.spilledFiles += 1;
  }

  append(record: Buffer): void {
    const length = Buffer.allocUnsafe(lengthBytes);
    length.writeUInt32LE(record.length, 0);
    this.pending.push(length, record);
    this.pendingBytes += lengthBytes + record.length;
    if (this.pendingBytes >= writeBufferBytes) this.flush();
  }

  *records(): Generator<Buffer> {
    this.flush();
    let buffer = Buffer.allocUnsafe(readBufferBytes);
    let [from, to, position] = [0, 0, 0];
    const fill = (wanted: number): void => {
      if (to - from >= wanted) return;
      const larger = wanted > buffer.length ? Buffer.allocUnsafe(wanted) : buffer;
      buffer.copy(larger, 0, from, to);
      [buffer, to, from] = [larger, to - from, 0];
      while (to < wanted) {
        const read = readSync(this.descriptor, buffer, to, buffer.length - to, position);
        if (read === 0) throw new Error('a temporary file is shorter than what was written to it');
        to += read;
        position += read;
      }
    };
    for (let done = 0; done < this.length;) {
      fill(lengthBytes);
      const length = buffer.readUInt32LE(from);
      fill(lengthBytes + length);
      const record = Buffer.from(buffer.subarray(from + lengthBytes, from + lengthBytes + length));
      from += lengthBytes + length;
      done += lengthBytes + length;
      yield record;
    }
  }

  remove(): void {
    if (this.isRemoved) return;
    this.isRemoved = true;
    this.pending = [];
    ftruncateSync(this.descriptor, 0);
    closeSync(this.descriptor);
    if (process.platform === 'win32') rmSync(this.path, { force: true });
    this.totals.open -= 1;
    this.totals.bytes -= this.length;
  }

  private flush(): void {
    if (this.pending.length === 0) return;
    const bytes = Buffer.concat(this.pending, this.pendingBytes);
    try {
      for (let written = 0; written < bytes.length;) written += writeSync(this.descriptor, bytes, written, bytes.length - written, this.length + written);
    } catch (error) {
      throw diskError(error);
    }
    this.length += bytes.length;
    this.totals.bytes += bytes.length;
    this.totals.spilledBytes += bytes.length;
    this.pending = [];
    this.pendingBytes = 0;
  }
}

/** The temporary files of one engine. */
export class SpillFiles implements SpillSpace {
  readonly totals: SpillTotals = { open: 0, bytes: 0, spilledFiles: 0, spilledBytes: 0 };
  private readonly folder: string;
  private count = 0;

  /** Removes what an earlier run left. */
  constructor(dataDirectory: string) {
    this.folder = join(dataDirectory, 'temporary');
    rmSync(this.folder, { recursive: true, force: true });
  }

  create(): SpillFile {
    this.count += 1;
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      return new TemporaryFile(join(this.folder, `spill-${this.count}`), this.totals);
    } catch (error) {
      throw diskError(error);
    }
  }
}
