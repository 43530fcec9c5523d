// The write queue: what was asked for in one tick is done in one batch, and answered when the log has it on disk. The next batch does
// not wait for that.
import { CommandError } from '../errors.js';
import { HeldByTransaction, type ClaimTable } from './claims.js';
import { commitFailure, logFailure } from './commit-failure.js';
import { CountDeltas, decodeCounts } from './counters.js';
import { sweepGarbage } from './garbage.js';
import type { Identifiers } from './identifiers.js';
import { StorageFault, type LmdbEnvironment } from './lmdb-environment.js';
import type { Durability } from './log/durability.js';
import { LmdbWriter, writeCounts } from './lmdb-writer.js';
import { oplogCounter, type Oplog } from './oplog.js';

/** One batch ends after this much work, so that reads and sockets get their turn. */
const batch_ms = 8;
const batchBytes = 16 * 1024 * 1024;
/** While writes come without a pause, what was dropped is removed a piece at a time, this often. */
const sweepWhileBusy_ms = 25;
/** How often waiting writes are asked whether they are still wanted. */
const interruptCheck_ms = 25;

interface Job {
  /** Runs within the commit, with a writer of its own; what it throws is undone and answered. */
  readonly run: (writer: LmdbWriter) => unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Throws where nobody wants the write any more; asked while it waits for a transaction. */
  readonly checkInterrupt: (() => void) | undefined;
}

type Outcome = { readonly job: Job; readonly result: unknown } | { readonly job: Job; readonly error: unknown };

interface Batch {
  /** What was begun. */
  readonly jobs: Job[];
  /** How it went, in the same order; the job that met a fault of LMDB has none. */
  readonly outcomes: Outcome[];
}

export interface GroupCommitParts {
  readonly environment: LmdbEnvironment;
  readonly durability: Durability;
  readonly claims: ClaimTable;
  readonly identifiers: Identifiers;
  readonly oplog: Oplog;
  /** Of the disk that holds the data folder. */
  readonly freeBytes: () => number;
  readonly onEvent: (event: string, fields: Readonly<Record<string, unknown>>) => void;
}

export class GroupCommit {
  private queue: Job[] = [];
  private isScheduled = false;
  private isClosed = false;
  private isPaused = false;
  private hasGarbage = true;
  private lastSweep_ms = 0;
  private readonly idleWaiters: (() => void)[] = [];
  /** Writes that wait for a transaction's end. */
  private readonly held = new Set<Job>();
  private isCheckingHeld = false;
  /** Batches that are done and on their way to the disk. */
  private unanswered = 0;

  constructor(private readonly parts: GroupCommitParts) {}

  /** Resolves with what `run` returned once that is durable. */
  submit<Result>(run: (writer: LmdbWriter) => Result, checkInterrupt?: () => void): Promise<Result> {
    if (this.isClosed) return Promise.reject(new CommandError('ShutdownInProgress', 'the engine is stopping'));
    return new Promise<Result>((resolve, reject) => {
      this.queue.push({ run, resolve: resolve as (result: unknown) => void, reject, checkInterrupt });
      this.schedule();
    });
  }

  /** Something was dropped: its rows are removed when there is nothing better to do. */
  noteGarbage(): void {
    this.hasGarbage = true;
    this.schedule();
  }

  /** Nothing is written from now on until `resume`: the data file may be copied. Writes wait. */
  pause(): void {
    this.isPaused = true;
    // The data file then has everything by itself, whoever copies it alone.
    this.parts.durability.checkpointNow();
  }

  resume(): void {
    this.isPaused = false;
    this.schedule();
  }

  /** Takes no more writes, and resolves when those that were taken are done. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.resume();
    if (this.queue.length === 0 && this.held.size === 0 && this.unanswered === 0) return;
    await new Promise<void>((resolve) => {
      this.idleWaiters.push(resolve);
    });
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      this.drain();
    });
  }

  private drain(): void {
    // A batch is never half done here: it begins and ends within one call.
    if (this.isPaused) return;
    if (this.queue.length === 0) {
      if (this.hasGarbage && !this.isClosed) this.sweep();
      this.settleIdle();
      return;
    }
    const batch: Batch = { jobs: [], outcomes: [] };
    try {
      this.parts.durability.run(() => this.runBatch(batch));
    } catch (error) {
      this.failBatch(batch.jobs.length === 0 ? this.queue.splice(0) : batch.jobs, error);
      this.scheduleRest();
      return;
    }
    this.answerWhenDurable(batch);
    if (this.hasGarbage && performance.now() - this.lastSweep_ms > sweepWhileBusy_ms) this.sweep();
    this.scheduleRest();
  }

  /** Refusals too: what a write was refused for may itself be on its way to the disk. */
  private answerWhenDurable({ jobs, outcomes }: Batch): void {
    const written = this.parts.oplog.seal();
    this.unanswered += 1;
    this.parts.durability.sync().then(
      () => {
        this.unanswered -= 1;
        this.parts.oplog.committed(written);
        for (const outcome of outcomes) this.answer(outcome);
        this.settleIdle();
      },
      (error: unknown) => {
        this.unanswered -= 1;
        this.rejectAll(jobs, error);
        this.settleIdle();
      },
    );
  }

  private scheduleRest(): void {
    if (this.queue.length > 0 || this.hasGarbage) this.schedule();
    else this.settleIdle();
  }

  private runBatch({ jobs, outcomes }: Batch): void {
    const { environment, claims, identifiers, oplog } = this.parts;
    const counts = new CountDeltas();
    const end_ms = performance.now() + batch_ms;
    const { queue } = this;
    let bytes = 0;
    try {
      while (jobs.length < queue.length && bytes < batchBytes && (jobs.length === 0 || performance.now() < end_ms)) {
        const job = queue[jobs.length]!;
        jobs.push(job);
        const writer = new LmdbWriter(environment, claims, counts);
        outcomes.push(this.runJob(job, writer, counts));
        bytes += writer.writtenBytes;
      }
    } finally {
      // Also where the commit fails: what was begun is answered so, and not begun again.
      this.queue = queue.slice(jobs.length);
    }
    oplog.trim(counts.apply(oplogCounter, decodeCounts(environment.get('counts', Buffer.from(oplogCounter, 'latin1')))).bytes, counts);
    writeCounts(environment, counts);
    identifiers.save();
  }

  /** Runs one write; what it throws is undone. */
  private runJob(job: Job, writer: LmdbWriter, counts: CountDeltas): Outcome {
    try {
      const result = job.run(writer);
      this.parts.oplog.append(writer.logged, counts, writer.transaction);
      writer.keep();
      return { job, result };
    } catch (error) {
      // After a fault of LMDB itself nothing of the batch can be kept.
      if (error instanceof StorageFault) throw error;
      writer.undo();
      return { job, error };
    }
  }

  private answer(outcome: Outcome): void {
    const { job } = outcome;
    if ('result' in outcome) {
      job.resolve(outcome.result);
    } else if (outcome.error instanceof HeldByTransaction) {
      this.runAgainAfter(job, outcome.error);
    } else {
      job.reject(outcome.error);
    }
  }

  private runAgainAfter(job: Job, { holder }: HeldByTransaction): void {
    this.held.add(job);
    void holder.ended.then(() => {
      if (!this.held.delete(job)) return;
      this.queue.push(job);
      this.schedule();
    });
    if (!this.isCheckingHeld) this.checkHeld();
  }

  /** Lets go of waiting writes whose time is up or that were killed. */
  private checkHeld(): void {
    for (const job of this.held) {
      try {
        job.checkInterrupt?.();
      } catch (error) {
        this.held.delete(job);
        job.reject(error);
      }
    }
    this.isCheckingHeld = this.held.size > 0;
    if (this.isCheckingHeld) setTimeout(() => this.checkHeld(), interruptCheck_ms).unref();
    else this.settleIdle();
  }

  /** Nothing of the batch was kept: each of its writes is answered so, and reads go on from the state before. */
  private failBatch(jobs: readonly Job[], error: unknown): void {
    this.parts.identifiers.forgetSaved();
    this.parts.oplog.failed();
    this.rejectAll(jobs, error);
  }

  private rejectAll(jobs: readonly Job[], error: unknown): void {
    const { onEvent, freeBytes, durability } = this.parts;
    const reason = error instanceof Error ? error.message : String(error);
    onEvent('storage.commit_failed', { reason, writes: jobs.length });
    const answer = durability.error === undefined ? commitFailure(reason, freeBytes()) : logFailure();
    for (const job of jobs) job.reject(answer);
  }

  private sweep(): void {
    this.lastSweep_ms = performance.now();
    const { durability, environment, onEvent } = this.parts;
    try {
      durability.run(() => {
        this.hasGarbage = sweepGarbage(environment);
      });
      // Nobody waits for it; what the disk says to it, it says to everybody.
      durability.sync().catch(() => undefined);
    } catch (error) {
      this.hasGarbage = false;
      onEvent('storage.sweep_failed', { reason: error instanceof Error ? error.message : String(error) });
    }
    if (this.hasGarbage) this.schedule();
  }

  private settleIdle(): void {
    if (this.queue.length > 0 || this.held.size > 0 || this.unanswered > 0) return;
    for (const resolve of this.idleWaiters.splice(0)) resolve();
  }
}
