// The log in front of the data file. What commits change is gathered in one frame while the frame before is on its way to the disk;
// whoever asked for a change hears of it when its frame is there. One write at a time, so that only the last frame can be torn.
import { rmSync } from 'node:fs';
import type { Table } from '../key-value.js';
import { ChangeBuffer } from './change-buffer.js';
import type { DurableFile, DurableFiles } from './durable-file.js';
import { encodeSegmentHead, frameAlignment, frameHeadBytes, paddedBytes, segmentHeadBytes, writeFrameHead } from './frame.js';
import { segmentPath } from './segment-files.js';

/** Of the first one: an engine that writes little takes up little. */
const firstSegmentBytes = 1024 * 1024;
const segmentBytes = 4 * 1024 * 1024;
const sparesMax = 4;

/** A file of the log that is written from its beginning to its end, and again when nobody needs it any more. */
interface Segment {
  readonly path: string;
  readonly file: DurableFile;
  readonly bytes: number;
}

interface UsedSegment extends Segment {
  number: number;
  lastFrame: number;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export interface WriteLogParts {
  readonly folder: string;
  readonly files: DurableFiles;
  readonly identity: Buffer;
  readonly nextFrame: number;
  readonly nextSegment: number;
  /** The disk refused a frame: nothing more is ever written. */
  readonly onFailure: (error: Error) => void;
}

export class WriteLog {
  private readonly pending = new ChangeBuffer(frameHeadBytes);
  /** Who waits for the pending changes, and who for the frame that is on its way. */
  private waiting: Waiter[] = [];
  private inFlight: Waiter[] | undefined;
  private readonly idle: (() => void)[] = [];
  private frame: number;
  private segmentNumber: number;
  private fileNumber = 0;
  private current: UsedSegment | undefined;
  private position = 0;
  private readonly full: UsedSegment[] = [];
  private readonly spare: Segment[] = [];
  private failure: Error | undefined;
  /** What the frames since the last `forgetTaken` hold: a lost transaction is made from it anew. */
  private taken: Buffer[] = [];

  constructor(private readonly parts: WriteLogParts) {
    this.frame = parts.nextFrame;
    this.segmentNumber = parts.nextSegment;
    this.fileNumber = parts.nextSegment;
  }

  /** The frame that the next changes go into. */
  get nextFrame(): number {
    return this.frame;
  }

  /** Of changes that no frame was made of yet. */
  get pendingBytes(): number {
    return this.pending.size;
  }

  put(table: Table, key: Buffer, value: Buffer): void {
    this.pending.put(table, key, value);
  }

  remove(table: Table, key: Buffer): void {
    this.pending.remove(table, key);
  }

  mark(): number {
    return this.pending.mark();
  }

  rewind(mark: number): void {
    this.pending.rewind(mark);
  }

  /** Makes sure that the pending changes have a place. Throws what the file system says where there is none. */
  reserve(): void {
    if (this.failure !== undefined) throw this.failure;
    const needed = paddedBytes(this.pending.size);
    if (this.current !== undefined && this.position + needed <= this.current.bytes) return;
    if (this.spare.some(({ bytes }) => segmentHeadBytes + needed <= bytes)) return;
    this.spare.push(this.create(needed));
  }

  /** Resolves when everything that was put so far is on disk. Rejects with an Error of the file system, and then always will. */
  sync(): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const waiters = this.pending.isEmpty ? this.inFlight : this.waiting;
    if (waiters === undefined) return Promise.resolve();
    const synced = new Promise<void>((resolve, reject) => {
      waiters.push({ resolve, reject });
    });
    if (this.inFlight === undefined) this.writeNext();
    return synced;
  }

  /** The changes since `forgetTaken`, in order. */
  sinceForgotten(): readonly Buffer[] {
    return [...this.taken, this.pending.copy()];
  }

  /** The data file's own state has them. */
  forgetTaken(): void {
    this.taken = [];
  }

  /** Frames below this one are not needed any more. */
  cut(frame: number): void {
    while (this.full[0] !== undefined && this.full[0].lastFrame < frame) this.retire(this.full.shift()!);
  }

  /** Resolves when nothing is on its way to the disk any more. */
  async close(): Promise<void> {
    if (this.inFlight !== undefined) {
      await new Promise<void>((resolve) => {
        this.idle.push(resolve);
      });
    }
    const segments = [...this.full, ...this.spare, ...(this.current === undefined ? [] : [this.current])];
    await Promise.all(segments.map(({ file }) => file.close()));
  }

  private writeNext(): void {
    const waiters = this.waiting;
    this.waiting = [];
    this.inFlight = waiters;
    this.writeFrame().then(
      () => {
        this.inFlight = undefined;
        for (const { resolve } of waiters) resolve();
        if (this.waiting.length > 0) this.writeNext();
        else this.settleIdle();
      },
      (error: unknown) => {
        this.inFlight = undefined;
        this.fail(error instanceof Error ? error : new Error(String(error)), waiters);
      },
    );
  }

  private settleIdle(): void {
    for (const resolve of this.idle.splice(0)) resolve();
  }

  private async writeFrame(): Promise<void> {
    const changesBytes = this.pending.size;
    const bytes = this.pending.take(frameAlignment);
    this.taken.push(Buffer.from(bytes.subarray(frameHeadBytes, frameHeadBytes + changesBytes)));
    const frame = this.frame;
    this.frame += 1;
    if (this.current !== undefined && this.position + bytes.length <= this.current.bytes) {
      const { file, number } = this.current;
      writeFrameHead(bytes, changesBytes, { segment: number, frame });
      const { position } = this;
      this.current.lastFrame = frame;
      this.position += bytes.length;
      await file.write(bytes, position);
      this.pending.giveBack(bytes);
      return;
    }
    const segment = this.beginSegment(bytes.length, frame);
    writeFrameHead(bytes, changesBytes, { segment: segment.number, frame });
    const head = encodeSegmentHead({ segment: segment.number, firstFrame: frame, identity: this.parts.identity });
    this.position = segmentHeadBytes + bytes.length;
    await segment.file.write(Buffer.concat([head, bytes]), 0);
    this.pending.giveBack(bytes);
  }

  private beginSegment(frameBytes: number, frame: number): UsedSegment {
    if (this.current !== undefined) this.full.push(this.current);
    const fitting = this.spare.findIndex(({ bytes }) => segmentHeadBytes + frameBytes <= bytes);
    const [segment] = fitting === -1 ? [this.create(frameBytes)] : this.spare.splice(fitting, 1);
    const used: UsedSegment = { ...segment!, number: this.segmentNumber, lastFrame: frame };
    this.segmentNumber += 1;
    this.current = used;
    return used;
  }

  private create(frameBytes: number): Segment {
    const bytes = Math.max(this.current === undefined ? firstSegmentBytes : segmentBytes, segmentHeadBytes + frameBytes);
    this.fileNumber += 1;
    const path = segmentPath(this.parts.folder, this.fileNumber);
    try {
      return { path, file: this.parts.files.create(path, bytes), bytes };
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    }
  }

  private retire({ path, file, bytes }: UsedSegment): void {
    if (bytes === segmentBytes && this.spare.length < sparesMax) this.spare.push({ path, file, bytes });
    else discard(path, file);
  }

  private fail(error: Error, waiting: readonly Waiter[]): void {
    this.failure = error;
    this.parts.onFailure(error);
    for (const { reject } of [...waiting, ...this.waiting.splice(0)]) reject(error);
    this.settleIdle();
  }
}

function discard(path: string, file: DurableFile): void {
  rmSync(path, { force: true });
  void file.close();
}
