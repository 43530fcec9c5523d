// A file whose writes are on disk when they are done. The one place where the log meets the file system, so that tests can let it fail.
import { close, closeSync, constants, fdatasync, fdatasyncSync, fstatSync, openSync, write, writeSync } from 'node:fs';
import { promisify } from 'node:util';

const syncLater = promisify(fdatasync);
const closeLater = promisify(close);
/** Absent on Windows: there each write is followed by a sync. */
const writesAreDurable = (constants as { readonly O_DSYNC?: number }).O_DSYNC;
const zeros = Buffer.alloc(256 * 1024);

/** Errors are those of the file system: ENOSPC, EDQUOT, EIO, ... */
export interface DurableFile {
  /** Resolves when the bytes are on disk. */
  write(bytes: Buffer, position: number): Promise<void>;
  writeNow(bytes: Buffer, position: number): void;
  /** Everything that anybody wrote to the file goes to disk. */
  sync(): Promise<void>;
  syncNow(): void;
  close(): Promise<void>;
}

export interface DurableFiles {
  open(path: string): DurableFile;
  /** Takes up `bytes` of disk for a file of zeros, and opens it. Fails as a whole where there is no room. */
  create(path: string, bytes: number): DurableFile;
}

class NodeFile implements DurableFile {
  constructor(private readonly descriptor: number) {}

  async write(bytes: Buffer, position: number): Promise<void> {
    let written = 0;
    // What a write leaves over goes behind it.
    while (written < bytes.length) written += await writeLater(this.descriptor, bytes, written, position + written);
    if (writesAreDurable === undefined) await syncLater(this.descriptor);
  }

  writeNow(bytes: Buffer, position: number): void {
    writeAll(this.descriptor, bytes, position);
    if (writesAreDurable === undefined) fdatasyncSync(this.descriptor);
  }

  async sync(): Promise<void> {
    await syncLater(this.descriptor);
  }

  syncNow(): void {
    fdatasyncSync(this.descriptor);
  }

  async close(): Promise<void> {
    await closeLater(this.descriptor);
  }
}

export const nodeFiles: DurableFiles = {
  open: (path) => new NodeFile(openSync(path, constants.O_RDWR | constants.O_CREAT | (writesAreDurable ?? 0), 0o600)),
  create: (path, bytes) => {
    const descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    try {
      writeZeros(descriptor, fstatSync(descriptor).size, bytes);
      fdatasyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    return nodeFiles.open(path);
  },
};

/** Zeros from `from` up to `to`: the disk gives the room now, and not in the midst of a commit. */
export function writeZeros(descriptor: number, from: number, to: number): void {
  for (let at = from; at < to; at += zeros.length) writeAll(descriptor, zeros.subarray(0, Math.min(zeros.length, to - at)), at);
}

function writeAll(descriptor: number, bytes: Buffer, position: number): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(descriptor, bytes, written, bytes.length - written, position + written);
}

/** Returns how many bytes the file took. */
function writeLater(descriptor: number, bytes: Buffer, from: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(descriptor, bytes, from, bytes.length - from, position, (error, written) => {
      if (error === null) resolve(written);
      else reject(error);
    });
  });
}
