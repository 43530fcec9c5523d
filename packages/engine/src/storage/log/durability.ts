// Between the write queue and the disk. A batch changes the data file's open transaction, where everybody sees it at once, and goes to
// the log, after which it is answered. Now and then the transaction is committed and what it changed goes to the data file's disk
// in the background (a checkpoint); then the log begins anew from there.
//
// What makes this safe, in order: (1) a checkpoint's pages are on disk before its record is; (2) a read transaction stays at the last
// recorded checkpoint, so that LMDB writes over none of its pages; (3) the record holds the checkpoint's meta page, which is put back
// before the file is opened again; (4) the log has every frame since; (5) doing a frame twice is doing it once.
import { closeSync, openSync, rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { LmdbEnvironment, Pin } from '../lmdb-environment.js';
import { encodeCheckpoint, placeOf } from './checkpoint-record.js';
import { DataRoom, roomFor } from './data-room.js';
import { identityBytes, noIdentity, readState, usedBytes, writeIdentity } from './data-file-state.js';
import { nodeFiles, type DurableFile, type DurableFiles } from './durable-file.js';
import type { Recovery } from './recovery.js';
import { checkpointFile, removeSegments } from './segment-files.js';
import { WriteLog } from './write-log.js';

/** A checkpoint begins behind so much; it bounds the commit that stops everybody for a moment: each change may be of a page of its own. */
const checkpointChanges = 1_000;
const checkpointBytes = 2 * 1024 * 1024;
const checkpointFrames = 1_000;
const checkpointTurns = 100;
/** While a checkpoint is on its way: the transaction is committed without another one behind so many times as much. */
const patience = 2;
/** What is left when nobody writes any more is checkpointed after this time. */
const idle_ms = 1000;

export interface DurabilityParts {
  readonly environment: LmdbEnvironment;
  readonly folder: string;
  readonly dataFile: string;
  readonly recovery: Recovery | undefined;
  readonly files?: DurableFiles;
  /** Nothing can be written any more until the engine is started again. */
  readonly onFailure: (reason: string) => void;
}

export class Durability {
  private readonly log: WriteLog;
  private readonly room: DataRoom;
  private readonly descriptor: number;
  private readonly data: DurableFile;
  private readonly checkpoints: DurableFile;
  /** Of the record that was begun last, and of the newest one on disk. */
  private number: number;
  private newestRecorded = 0;
  private placeOnItsWay: number | undefined;
  private checkpointedFrame = 0;
  private checkpointedTurn = 0;
  private seenTurns = -1;
  private used_bytes = 0;
  private readonly identity: Buffer;
  private background: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private failure: Error | undefined;

  /** Begins the log of a folder whose data file is open and in its last state. What is in it then is on disk afterwards. */
  constructor(private readonly parts: DurabilityParts) {
    const { folder, recovery, dataFile, files = nodeFiles } = parts;
    const identity = recovery?.checkpoint.identity ?? randomBytes(identityBytes);
    this.descriptor = openSync(dataFile, 'r+');
    this.data = files.open(dataFile);
    this.checkpoints = files.open(join(folder, checkpointFile));
    this.number = recovery?.checkpoint.number ?? 0;
    this.room = new DataRoom(this.descriptor);
    this.log = new WriteLog({
      folder, files, identity,
      nextFrame: recovery?.nextFrame ?? 1,
      nextSegment: recovery?.nextSegment ?? 1,
      onFailure: (error) => this.fail(error),
    });
    this.identity = identity;
    this.checkpointNow();
    if (recovery === undefined) writeIdentity(this.descriptor, identity);
    removeSegments(folder);
    parts.environment.record(this.log);
  }

  /** The disk failed, and nothing is taken any more. */
  get error(): Error | undefined {
    return this.failure;
  }

  /** Does a batch of changes. A throw, and a disk that has no room for them, undoes all of it and nothing else. */
  run(work: () => void): void {
    if (this.failure !== undefined) throw this.failure;
    const mark = this.log.mark();
    try {
      this.parts.environment.batch(work);
    } catch (error) {
      this.takeBack(mark);
      throw error;
    }
    if (this.log.mark() === mark) return;
    if (!this.hasRoom()) this.commitDirectly(mark);
    else this.considerCheckpoint();
  }

  /** Resolves when everything that `run` did so far is on disk; rejects where that failed, for good. */
  sync(): Promise<void> {
    return this.log.sync();
  }

  /** A state with everything that was done so far, on disk before this returns. */
  checkpointNow(): void {
    if (this.failure !== undefined) throw this.failure;
    try {
      const frame = this.commit();
      const state = readState(this.descriptor);
      const pin = this.parts.environment.pinCheckpoint();
      this.data.syncNow();
      const number = this.nextNumber();
      this.checkpoints.writeNow(encodeCheckpoint({ number, frame, identity: this.identity, state }), placeOf(number));
      this.recorded(number, frame, pin);
    } catch (error) {
      this.fail(error);
      throw error;
    }
  }

  /** Leaves a data file that stands for itself. */
  async close(): Promise<void> {
    clearTimeout(this.timer);
    await this.background;
    try {
      await this.log.sync();
      this.checkpointNow();
    } catch (error) {
      // The log stays for the next start.
      this.fail(error);
    }
    await this.log.close();
    if (this.failure === undefined) {
      removeSegments(this.parts.folder);
      this.lookAtFile();
      this.room.release(this.used_bytes);
      writeIdentity(this.descriptor, noIdentity);
      rmSync(join(this.parts.folder, checkpointFile), { force: true });
    }
    closeSync(this.descriptor);
    await Promise.all([this.data.close(), this.checkpoints.close()]);
  }

  private hasRoom(): boolean {
    const { environment } = this.parts;
    try {
      if (environment.turns !== this.seenTurns) this.lookAtFile();
      this.room.ensure(this.used_bytes, roomFor(environment.changes, environment.changedBytes));
      this.log.reserve();
      return true;
    } catch {
      return false;
    }
  }

  private lookAtFile(): void {
    this.seenTurns = this.parts.environment.turns;
    this.used_bytes = usedBytes(readState(this.descriptor));
  }

  /** Without room for the log or for later commits: the batch is committed and on disk now, or refused now. */
  private commitDirectly(mark: number): void {
    try {
      this.parts.environment.turn();
    } catch (error) {
      this.takeBack(mark);
      throw error;
    }
    this.checkpointNow();
    this.log.rewind(mark);
  }

  /** The transaction is lost; it is made anew without what stands behind the mark. */
  private takeBack(mark: number): void {
    this.log.rewind(mark);
    this.parts.environment.rebuild(this.log.sinceForgotten());
  }

  /** Returns the first frame that the committed state may lack something of. */
  private commit(): number {
    const frame = this.log.nextFrame;
    this.parts.environment.turn();
    this.log.forgetTaken();
    return frame;
  }

  private considerCheckpoint(): void {
    const { changes, changedBytes, turns } = this.parts.environment;
    const isDue = (times: number): boolean => changes >= checkpointChanges * times || changedBytes >= checkpointBytes * times;
    if (this.background === undefined) {
      if (isDue(1) || this.log.nextFrame - this.checkpointedFrame >= checkpointFrames || turns - this.checkpointedTurn >= checkpointTurns) this.beginCheckpoint();
      else this.timer ??= setTimeout(() => this.beginCheckpoint(), idle_ms).unref();
    } else if (isDue(patience)) {
      this.commit();
    }
  }

  private beginCheckpoint(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.failure !== undefined || this.background !== undefined) return;
    try {
      const frame = this.commit();
      const state = readState(this.descriptor);
      const pin = this.parts.environment.pinCheckpoint();
      this.background = this.finishCheckpoint(frame, state, pin).catch((error: unknown) => this.fail(error));
    } catch (error) {
      this.fail(error);
    }
  }

  private async finishCheckpoint(frame: number, state: Buffer, pin: Pin): Promise<void> {
    const before = this.number;
    await this.data.sync();
    // One that did not wait may have overtaken it; and the file's later state may be nobody's any more.
    if (this.number === before) {
      const number = this.nextNumber();
      this.placeOnItsWay = placeOf(number);
      await this.checkpoints.write(encodeCheckpoint({ number, frame, identity: this.identity, state }), this.placeOnItsWay);
      this.placeOnItsWay = undefined;
      this.recorded(number, frame, pin);
    } else {
      pin.done();
    }
    this.background = undefined;
    if (this.parts.environment.changes > 0) this.timer ??= setTimeout(() => this.beginCheckpoint(), idle_ms).unref();
  }

  /** Of a record that is written over neither the newest one nor one that is on its way. */
  private nextNumber(): number {
    do this.number += 1;
    while (placeOf(this.number) === this.placeOnItsWay);
    return this.number;
  }

  /** The record is on disk: recovery begins there, unless there is a newer one. */
  private recorded(number: number, frame: number, pin: Pin): void {
    if (number < this.newestRecorded) {
      pin.done();
      return;
    }
    this.newestRecorded = number;
    this.checkpointedFrame = frame;
    this.checkpointedTurn = this.parts.environment.turns;
    this.parts.environment.keepCheckpoint(pin);
    this.log.cut(frame);
  }

  private fail(error: unknown): void {
    if (this.failure !== undefined) return;
    this.failure = error instanceof Error ? error : new Error(String(error));
    clearTimeout(this.timer);
    this.parts.onFailure(this.failure.message);
  }
}
