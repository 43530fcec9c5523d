// The journal: starts operations, and goes on with those that were left behind.
import { databaseLock, isClosed, type OperationKind, type OperationRecord, type OperationStep } from '../domain/operation.js';
import type { Identifiers } from '../ports/identifiers.js';
import { LeaseLost } from '../ports/operations.js';
import { noTracing } from '../ports/tracing.js';
import { ReplicaStopping, stepNames, type OperationContext, type OperationDefinition } from './operation-definition.js';
import { OperationRun, type Outcome, type RunDependencies } from './operation-run.js';
import { Turns } from './turns.js';

// The definitions are kept together only to be looked up by kind; each parses its own parameters before it runs.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type AnyDefinition = OperationDefinition<any>;
export type OperationDefinitions = Readonly<Record<OperationKind, AnyDefinition>>;

export interface JournalDependencies extends Omit<RunDependencies, 'turns' | 'stopping'> {
  readonly definitions: OperationDefinitions;
  readonly identifiers: Identifiers;
  /** Names this replica in leases. */
  readonly owner: string;
}

export interface NewOperation<Params> {
  readonly userId: string;
  readonly databaseId: string;
  readonly params: Params;
}

export interface Journal {
  /** A new operation's id, for whoever must know it before it starts. */
  newOperationId(): string;
  /**
   * Reserves and records the operation in one transaction, and runs it to its end. What the reservation throws is thrown on,
   * with nothing written; so is DatabaseLocked.
   */
  run<Params extends object>(definition: OperationDefinition<Params>, operation: NewOperation<Params>, operationId?: string): Promise<Outcome>;
  /** The same, but returns as soon as it is recorded; it runs on, and whoever wants to know how it ends looks at its record. */
  start<Params extends object>(definition: OperationDefinition<Params>, operation: NewOperation<Params>, operationId?: string): Promise<string>;
  /** Goes on with one abandoned operation. Undefined: it is not abandoned, or another replica was faster. */
  resume(operationId: string): Promise<Outcome | undefined>;
  /** Goes on with up to `limit` abandoned operations, and says how many there were. */
  recoverAbandoned(limit: number): Promise<number>;
  /** Resolves when nothing runs here any more. */
  idle(): Promise<void>;
  /** The same, but long steps end where they are, and go on elsewhere, or after the next start. */
  stop(): Promise<void>;
}

const recoveriesAtOnce = 4;

export function createJournal(given: JournalDependencies): Journal {
  const stopping = new AbortController();
  const dependencies = { ...given, turns: new Turns(), stopping: stopping.signal };
  const { control, clock, identifiers, owner, leaseMilliseconds } = dependencies;
  const running = new Set<Promise<unknown>>();

  async function track<Result>(work: Promise<Result>): Promise<Result> {
    running.add(work);
    try {
      return await work;
    } finally {
      running.delete(work);
    }
  }

  async function idle(): Promise<void> {
    while (running.size > 0) await Promise.allSettled(running);
  }

  async function start<Params extends object>(definition: OperationDefinition<Params>, operation: NewOperation<Params>, operationId: string): Promise<string> {
    const record = await track(reserve(dependencies, definition, operation, operationId));
    // What it throws has left it to be taken up again: a lost lease, or a control database that does not answer.
    track(new OperationRun(record, definition, dependencies).run()).catch(() => undefined);
    return operationId;
  }

  async function resume(operationId: string): Promise<Outcome | undefined> {
    const now = clock.now();
    const record = await control.operations.acquire(operationId, owner, now, new Date(now.getTime() + leaseMilliseconds));
    if (record === undefined || isClosed(record.state)) return undefined;
    // One that rests has the code of what it waits for; one without was left behind by a process that went away.
    if (record.error_code === null) dependencies.events.emit({ name: 'operation.resumed', operationId, kind: record.kind });
    try {
      return await new OperationRun(record, dependencies.definitions[record.kind], dependencies).run();
    } catch (error) {
      if (error instanceof LeaseLost || error instanceof ReplicaStopping) return undefined;
      throw error;
    }
  }

  async function recoverAbandoned(limit: number): Promise<number> {
    const abandoned = await control.operations.abandoned(clock.now(), limit);
    const waiting = abandoned.values();
    const failures: unknown[] = [];
    const worker = async (): Promise<void> => {
      for (const operationId of waiting) {
        // One operation that cannot be resumed does not stop the others.
        await resume(operationId).catch((error: unknown) => failures.push(error));
      }
    };
    await Promise.all(Array.from({ length: recoveriesAtOnce }, worker));
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} of ${abandoned.length} abandoned operations could not be resumed`);
    return abandoned.length;
  }

  return {
    newOperationId: () => identifiers.uuid(),
    run: (definition, operation, operationId = identifiers.uuid()) =>
      track(reserve(dependencies, definition, operation, operationId).then((record) => new OperationRun(record, definition, dependencies).run())),
    start: (definition, operation, operationId = identifiers.uuid()) => start(definition, operation, operationId),
    resume: (operationId) => track(resume(operationId)),
    recoverAbandoned: (limit) => track(recoverAbandoned(limit)),
    idle,
    stop: () => {
      stopping.abort(new ReplicaStopping('this replica stops'));
      return idle();
    },
  };
}

/** Reserves and records a new operation, under a lease of this replica's. */
async function reserve<Params extends object>(
  { control, turns, clock, owner, leaseMilliseconds, onStep, tracing = noTracing }: RunDependencies & Pick<JournalDependencies, 'owner'>, definition: OperationDefinition<Params>, operation: NewOperation<Params>, operationId: string,
): Promise<OperationRecord> {
  const lease = { owner, now: clock.now(), leaseMilliseconds };
  const context: OperationContext<Params> = { ...operation, operationId, startedAt: lease.now, signal: new AbortController().signal };
  const record = await turns.take(operation.userId, () => control.transaction(async (stores) => {
    const params = await definition.reservation.apply(stores, context);
    const traceparent = tracing.current();
    const reserved: OperationRecord = { ...newRecord(definition, { ...operation, params }, operationId, lease), ...(traceparent === undefined ? {} : { traceparent }) };
    await stores.operations.insert(reserved);
    return reserved;
  }));
  const { name: step } = definition.reservation;
  await onStep({ operationId, kind: definition.kind, step, direction: 'apply', moment: 'after' });
  return record;
}

interface FirstLease {
  readonly owner: string;
  readonly now: Date;
  readonly leaseMilliseconds: number;
}

function locksOf<Params extends object>(definition: OperationDefinition<Params>, { databaseId, params }: NewOperation<Params>): string | string[] {
  const others = definition.alsoLocks?.(params) ?? [];
  return others.length === 0 ? databaseLock(databaseId) : [databaseLock(databaseId), ...others.map(databaseLock)];
}

function newRecord<Params extends object>(definition: OperationDefinition<Params>, operation: NewOperation<Params>, operationId: string, lease: FirstLease): OperationRecord {
  const { now } = lease;
  const steps = stepNames(definition).map((name, index): OperationStep => {
    if (index === 0) return { name, state: 'done', started_at: now, finished_at: now, attempts: 1, error_code: null };
    // "About to" for the step that follows at once, in the same write.
    if (index === 1) return { name, state: 'running', started_at: now, finished_at: null, attempts: 1, error_code: null };
    return { name, state: 'pending', started_at: null, finished_at: null, attempts: 0, error_code: null };
  });
  return {
    _id: operationId,
    kind: definition.kind,
    user_id: operation.userId,
    database_id: operation.databaseId,
    params: Object.fromEntries(Object.entries(operation.params)),
    steps,
    state: 'running',
    lock: locksOf(definition, operation),
    lease: { owner: lease.owner, fencing_token: 1, expires_at: new Date(now.getTime() + lease.leaseMilliseconds) },
    result: null,
    error_code: null,
    created_at: now,
    updated_at: now,
  };
}
