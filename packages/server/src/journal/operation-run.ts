// One run of one operation by the replica that holds its lease: forward through the steps, or backward.
// "About to" is written before each step outside; "done" is written together with the next "about to", in one write: a crash
// in between runs an idempotent step again. Steps in the control database share a transaction with their "done".
import { OperationAborted, type OperationRecord, type OperationStep } from '../domain/operation.js';
import type { Clock } from '../ports/clock.js';
import type { ControlDatabase, ControlStores } from '../ports/control-database.js';
import type { EventSink } from '../ports/events.js';
import { Outage, TransientFailure } from '../ports/failures.js';
import { LeaseLost, type LeaseHolder, type OperationChange } from '../ports/operations.js';
import { noTracing, type Tracing } from '../ports/tracing.js';
import { failureCode, recordFailureEvent } from './failure-event.js';
import { keepingLease } from './lease-keeper.js';
import { ReplicaStopping, type OperationContext, type OperationDefinition, type OperationStepDefinition, type StepContext, type StepNotes } from './operation-definition.js';
import { inOperationSpan, inStepSpan } from './operation-spans.js';
import { delayAfter, restAfter, type RetryPolicy } from './retry-policy.js';
import type { Turns } from './turns.js';

export { failureCode } from './failure-event.js';

export interface StepObservation {
  readonly operationId: string;
  readonly kind: string;
  readonly step: string;
  readonly direction: 'apply' | 'undo';
  readonly moment: 'before' | 'after';
}

export interface RunDependencies {
  readonly control: ControlDatabase;
  readonly clock: Clock;
  readonly events: EventSink;
  readonly retries: RetryPolicy;
  readonly leaseMilliseconds: number;
  /** Errors of the control database itself that pass. */
  readonly isTransient: (error: unknown) => boolean;
  /** Transactions on one user's document take turns. */
  readonly turns: Turns;
  /** Aborts when this replica stops: long steps end then, and any other replica goes on with them. */
  readonly stopping: AbortSignal;
  /** Sees every step go by; what it throws leaves the run as a crash would, with nothing more written. */
  readonly onStep: (observation: StepObservation) => void | Promise<void>;
  /** Absent: nothing is traced. */
  readonly tracing?: Tracing;
}

export type Outcome =
  | { readonly state: 'succeeded'; readonly operationId: string; readonly result: Readonly<Record<string, unknown>> }
  /** Everything was taken back. */
  | { readonly state: 'failed'; readonly operationId: string; readonly cause: unknown }
  /** It stays open and goes on later. */
  | { readonly state: 'suspended'; readonly operationId: string; readonly cause: unknown };

type StepEnd = { readonly ok: true } | { readonly ok: false; readonly cause: unknown };
type StepWork = (signal: AbortSignal) => Promise<void>;

function failureOf(outcome: Outcome): string | undefined {
  return outcome.state === 'succeeded' ? undefined : failureCode(outcome.cause);
}

/** It was taken back for a reason that is its owner's. */
function isAbortion(outcome: Outcome): boolean {
  return outcome.state === 'failed' && outcome.cause instanceof OperationAborted;
}

export class OperationRun<Params extends object> {
  readonly #record: OperationRecord;
  readonly #definition: OperationDefinition<Params>;
  readonly #dependencies: RunDependencies;
  readonly #params: Params;
  readonly #holder: LeaseHolder;
  readonly #steps: OperationStep[];
  readonly #controller = new AbortController();
  #cause: unknown;
  #checkpoint: Readonly<Record<string, unknown>>;
  /** When it last got on: patience is counted from then. */
  #notedAt: Date;
  /** The record says already that its first step is about to run: it was inserted so. */
  #isAnnounced: boolean;

  constructor(record: OperationRecord, definition: OperationDefinition<Params>, dependencies: RunDependencies) {
    this.#record = record;
    this.#definition = definition;
    this.#dependencies = dependencies;
    this.#params = definition.params.parse(record.params);
    this.#holder = { operationId: record._id, owner: record.lease.owner, fencingToken: record.lease.fencing_token };
    this.#steps = [...record.steps];
    this.#checkpoint = record.checkpoint ?? {};
    this.#notedAt = record.noted_at ?? record.created_at;
    this.#isAnnounced = record.steps[1]?.state === 'running' && record.lease.fencing_token === 1;
  }

  /** Throws LeaseLost where another replica has taken over: then the outcome is its to report. */
  async run(): Promise<Outcome> {
    const keeping = { clock: this.#dependencies.clock, leaseMilliseconds: this.#dependencies.leaseMilliseconds, renew: () => this.#write({}) };
    const work = (): Promise<Outcome> => keepingLease(keeping, this.#controller, () => (this.#record.state === 'undoing' ? this.#backward() : this.#forward()));
    const outcome = await inOperationSpan(this.#tracing, this.#record, work, (end) => ({ failure: end instanceof Error ? failureCode(end) : failureOf(end) }));
    const milliseconds = this.#dependencies.clock.now().getTime() - this.#record.created_at.getTime();
    const { _id: operationId, kind, user_id: userId, database_id: databaseId } = this.#record;
    this.#dependencies.events.emit({ name: 'operation.ended', operationId, kind, userId, databaseId, outcome: isAbortion(outcome) ? 'aborted' : outcome.state, milliseconds });
    return outcome;
  }

  async #forward(): Promise<Outcome> {
    // One step after the other: each builds on what the one before has done.
    for (const [index, step] of this.#definition.steps.entries()) {
      const position = index + 1;
      if (this.#steps[position]!.state === 'done') continue;
      const end = await this.#attempt(position, 'apply', this.#applying(step));
      if (!end.ok) return this.#failForward(position, end.cause);
      this.#mark(position, { state: 'done', finished_at: this.#dependencies.clock.now(), error_code: null });
    }
    return this.#conclude();
  }

  async #conclude(): Promise<Outcome> {
    const position = this.#steps.length - 1;
    let result: Readonly<Record<string, unknown>> = {};
    const end = await this.#attempt(position, 'apply', async (signal) => {
      const done = this.#steps.with(position, { ...this.#steps[position]!, state: 'done', finished_at: this.#dependencies.clock.now(), error_code: null });
      await this.#transaction(async (stores) => {
        result = await this.#definition.conclusion.apply(stores, { ...this.#context(signal), checkpoint: this.#checkpoint });
        await stores.operations.write(this.#holder, this.#change({ steps: done, state: 'succeeded', result: { ...result }, error_code: null, unlock: true }));
      });
    });
    if (!end.ok) return this.#failForward(position, end.cause);
    return { state: 'succeeded', operationId: this.#record._id, result };
  }

  async #failForward(position: number, cause: unknown): Promise<Outcome> {
    const isPastReturn = this.#definition.steps.some((step, index) => 'record' in step && this.#steps[index + 1]!.state === 'done');
    if (isPastReturn || this.#isWorthWaiting(position, cause) || this.#definition.onFailure === 'keep_trying') return this.#suspend(position, cause);
    this.#cause = cause;
    this.#mark(position, { state: 'failed', error_code: failureCode(cause) });
    const told = cause instanceof OperationAborted ? { result: { ...cause.details } } : {};
    await this.#write({ steps: this.#steps, state: 'undoing', error_code: failureCode(cause), ...told });
    return this.#backward();
  }

  /** A transaction whose answer was lost may have happened: it is done again rather than undone. So is what an outage came in the way of. */
  #isWorthWaiting(position: number, cause: unknown): boolean {
    if (!this.#mayPass(cause)) return false;
    const step = this.#definition.steps[position - 1];
    if (step === undefined || 'record' in step || cause instanceof Outage) return true;
    return this.#dependencies.clock.now().getTime() - this.#notedAt.getTime() < this.#dependencies.retries.patienceMilliseconds;
  }

  #mayPass(cause: unknown): boolean {
    return cause instanceof TransientFailure || this.#dependencies.isTransient(cause);
  }

  async #backward(): Promise<Outcome> {
    for (let position = this.#definition.steps.length; position > 0; position -= 1) {
      const state = this.#steps[position]!.state;
      if (state === 'pending' || state === 'undone') continue;
      const step = this.#definition.steps[position - 1]!;
      const end = await this.#undo(position, step);
      if (!end.ok) return this.#suspend(position, end.cause);
      this.#mark(position, { state: 'undone', finished_at: this.#dependencies.clock.now() });
    }
    const end = await this.#attempt(0, 'undo', async (signal) => {
      const undone = this.#steps.with(0, { ...this.#steps[0]!, state: 'undone', finished_at: this.#dependencies.clock.now() });
      await this.#transaction(async (stores) => {
        await this.#definition.reservation.undo(stores, this.#context(signal));
        await recordFailureEvent(stores, this.#record, this.#cause === undefined ? this.#record.error_code : failureCode(this.#cause), this.#dependencies.clock.now());
        await stores.operations.write(this.#holder, this.#change({ steps: undone, state: 'failed', unlock: true }));
      });
    });
    if (!end.ok) return this.#suspend(0, end.cause);
    return { state: 'failed', operationId: this.#record._id, cause: this.#cause ?? this.#record.error_code };
  }

  #applying(step: OperationStepDefinition<Params>): StepWork {
    if ('apply' in step) return (signal) => step.apply(this.#stepContext(signal));
    return (signal) => this.#transaction(async (stores) => {
      await step.record(stores, this.#context(signal));
      await stores.operations.write(this.#holder, this.#change({ steps: this.#steps }));
    });
  }

  async #undo(position: number, step: OperationStepDefinition<Params>): Promise<StepEnd> {
    // A record step that is not done has not happened; one that is done is past undoing.
    if ('record' in step || step.undo === undefined) return { ok: true };
    return this.#attempt(position, 'undo', async (signal) => step.undo?.(this.#stepContext(signal)));
  }

  /** Leaves the operation open, to be taken up by any replica after a rest. */
  async #suspend(position: number, cause: unknown): Promise<Outcome> {
    this.#mark(position, { error_code: failureCode(cause) });
    const now = this.#dependencies.clock.now();
    const rest = restAfter(this.#dependencies.retries, this.#steps[position]!.attempts);
    await this.#write({ steps: this.#steps, error_code: failureCode(cause), leaseExpiresAt: new Date(now.getTime() + rest) });
    return { state: 'suspended', operationId: this.#record._id, cause };
  }

  async #attempt(position: number, direction: 'apply' | 'undo', work: StepWork): Promise<StepEnd> {
    const { retries, clock } = this.#dependencies;
    for (let attempt = 1; ; attempt += 1) {
      await this.#announce(position, direction);
      await this.#observe(position, direction, 'before');
      const end = await inStepSpan(this.#tracing, { name: this.#steps[position]!.name, direction, attempt }, () => this.#tryOnce(work), (tried) => ({ failure: tried.ok ? undefined : failureCode(tried.cause) }));
      if (end.ok) {
        await this.#observe(position, direction, 'after');
        return end;
      }
      this.#reportFailure(position, end.cause);
      // Nobody was asked during an outage: asking again at once would be no different.
      if (!this.#mayPass(end.cause) || end.cause instanceof Outage || attempt >= retries.attemptsPerRun) return end;
      await clock.sleep(delayAfter(retries, attempt), this.#controller.signal);
    }
  }

  get #tracing(): Tracing {
    return this.#dependencies.tracing ?? noTracing;
  }

  async #tryOnce(work: StepWork): Promise<StepEnd> {
    try {
      this.#controller.signal.throwIfAborted();
      await work(this.#controller.signal);
      return { ok: true };
    } catch (cause) {
      if (cause instanceof LeaseLost) throw cause;
      await this.#leaveIfStopping();
      return { ok: false, cause };
    }
  }

  /** What fails while this replica stops is left to another one, as far as it has come. */
  async #leaveIfStopping(): Promise<void> {
    if (!this.#dependencies.stopping.aborted) return;
    await this.#write({ steps: this.#steps, leaseExpiresAt: this.#dependencies.clock.now() });
    throw new ReplicaStopping('this replica stops');
  }

  /** Writes "about to"; not for transactions, which happen with their own record or not at all. */
  async #announce(position: number, direction: 'apply' | 'undo'): Promise<void> {
    const isAnnounced = this.#isAnnounced;
    this.#isAnnounced = false;
    if (isAnnounced) return;
    this.#begin(position, direction);
    const step = this.#definition.steps[position - 1];
    if (step !== undefined && 'apply' in step) await this.#write({ steps: this.#steps });
  }

  #transaction(work: (stores: ControlStores) => Promise<void>): Promise<void> {
    return this.#dependencies.turns.take(this.#record.user_id, () => this.#dependencies.control.transaction(work));
  }

  #begin(position: number, direction: 'apply' | 'undo'): void {
    const step = this.#steps[position]!;
    const state = direction === 'apply' ? 'running' : 'undoing';
    const attempts = step.state === state || step.state === 'pending' ? step.attempts + 1 : 1;
    const startedAt = step.state === state ? step.started_at : this.#dependencies.clock.now();
    this.#mark(position, { state, attempts, started_at: startedAt, finished_at: null });
  }

  #mark(position: number, change: Partial<OperationStep>): void {
    this.#steps[position] = { ...this.#steps[position]!, ...change };
  }

  #reportFailure(position: number, cause: unknown): void {
    // Nothing of ours or a cluster's has failed: there is nothing for operators to mend.
    if (cause instanceof OperationAborted) return;
    const { name, attempts } = this.#steps[position]!;
    this.#dependencies.events.emit({
      name: 'operation.step_failed', operationId: this.#record._id, kind: this.#record.kind, step: name, attempt: attempts, errorCode: failureCode(cause),
    });
  }

  async #observe(position: number, direction: 'apply' | 'undo', moment: 'before' | 'after'): Promise<void> {
    await this.#dependencies.onStep({ operationId: this.#record._id, kind: this.#record.kind, step: this.#steps[position]!.name, direction, moment });
  }

  #context(signal: AbortSignal): OperationContext<Params> {
    const { _id: operationId, user_id: userId, database_id: databaseId, created_at: startedAt } = this.#record;
    return { operationId, userId, databaseId, params: this.#params, startedAt, signal };
  }

  #stepContext(signal: AbortSignal): StepContext<Params> {
    const note = async (notes: StepNotes): Promise<void> => {
      signal.throwIfAborted();
      this.#checkpoint = notes.checkpoint ?? this.#checkpoint;
      this.#notedAt = this.#dependencies.clock.now();
      await this.#write({ ...notes, noted_at: this.#notedAt });
    };
    const current = (): Readonly<Record<string, unknown>> => this.#checkpoint;
    const { stopping } = this.#dependencies;
    return { ...this.#context(signal), stopping, note, get checkpoint() { return current(); } };
  }

  #change(change: Partial<OperationChange>): OperationChange {
    const now = this.#dependencies.clock.now();
    return { updated_at: now, leaseExpiresAt: new Date(now.getTime() + this.#dependencies.leaseMilliseconds), ...change };
  }

  async #write(change: Partial<OperationChange>): Promise<void> {
    await this.#dependencies.control.operations.write(this.#holder, this.#change(change));
  }
}
