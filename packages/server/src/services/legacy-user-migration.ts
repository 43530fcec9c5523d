// Migrates, plans for, and puts back one legacy user: what a run does with each of its users. Gives back what became of the user;
// throws only where the outside does not answer, which says nothing about the user.
import { legacyFindingCodes } from '@freehold/api';
import { z } from 'zod';
import { legacyDatabaseId } from '../credentials/legacy-database-id.js';
import type { AuditOrigin } from '../domain/audit-origin.js';
import { isClosed, type OperationRecord } from '../domain/operation.js';
import type { Journal } from '../journal/journal.js';
import { failureCode, type Outcome } from '../journal/operation-run.js';
import type { DatabaseOperations } from '../operations/index.js';
import { LegacyRollbackRefused } from '../operations/legacy-rollback-user.js';
import type { Clock } from '../ports/clock.js';
import type { ControlDatabase } from '../ports/control-database.js';
import { DatabaseIdTaken } from '../ports/databases.js';
import { HeldUp, isUnreachable, TransientFailure } from '../ports/failures.js';
import type { LegacyFinding, LegacyLogRecord } from '../ports/legacy-runs.js';
import { LegacyAppTaken, LegacyUserChanged } from '../ports/legacy-users.js';
import { DatabaseLocked, LeaseLost } from '../ports/operations.js';
import { inspectLegacyUser, type InspectionOrder, type LegacyInspectionDependencies } from './legacy-inspection.js';
import { lookAtOnce, type LegacyLook } from './legacy-look.js';

export interface LegacyUserDependencies extends LegacyInspectionDependencies {
  readonly control: ControlDatabase;
  readonly journal: Journal;
  readonly operations: Pick<DatabaseOperations, 'legacy.migrate_user' | 'legacy.rollback_user'>;
  readonly clock: Clock;
  /** How long a user's turn waits for an operation of somebody else's, if not as long as ever. */
  readonly patienceMilliseconds?: number;
}

/** What became of a user. */
export interface UserResult extends Pick<LegacyLogRecord, 'outcome' | 'findings' | 'databaseId' | 'mongoDatabase' | 'operationId'> {
  /** An operation has written it into the log itself, with the details that are missing here. */
  readonly isRecorded?: true;
}

const largestAttemptCount = 4;
const lockPollMilliseconds = 500;
/**
 * Longer than a lease, so that what a dead replica has left is taken up by this one or another; and than a server keeps the transaction of the dead, which holds their
 * user: `transactionLifetimeLimitSeconds` (60), and half of that until it looks.
 */
const defaultPatienceMilliseconds = 180_000;

function result(outcome: LegacyLogRecord['outcome'], findings: readonly LegacyFinding[], fields: Partial<UserResult> = {}): UserResult {
  return { outcome, findings, databaseId: null, mongoDatabase: null, operationId: null, ...fields };
}

/** What may be waited for, and until when. */
interface Waiting {
  readonly until: number;
  readonly signal: AbortSignal | undefined;
}

function mayWait({ clock }: LegacyUserDependencies, { until, signal }: Waiting): boolean {
  return signal?.aborted !== true && clock.now().getTime() < until;
}

/** Waits until no operation is open on the database, going on with one that was left behind. What is still open when the time is over is given back. */
async function waitForLock(dependencies: LegacyUserDependencies, databaseId: string, waiting: Waiting): Promise<OperationRecord | undefined> {
  const { control, journal, clock } = dependencies;
  for (;;) {
    // One after the other: this waits for somebody else.
    const open = await control.operations.openOn(databaseId);
    if (open === undefined || isClosed(open.state)) return undefined;
    if (!mayWait(dependencies, waiting)) return open;
    const outcome = await journal.resume(open._id);
    if (outcome === undefined || outcome.state === 'suspended') await clock.sleep(lockPollMilliseconds, waiting.signal);
  }
}

/** What a failed operation says about its user; throws for what says nothing about the user. */
function failed(cause: unknown, operationId: string, databaseId: string): UserResult {
  if (isUnreachable(cause)) throw cause;
  const fields = { operationId, databaseId };
  if (cause instanceof LegacyUserChanged) return result('failed', [{ code: 'USER_CHANGED', details: {} }], fields);
  if (cause instanceof LegacyAppTaken) return result('failed', [{ code: 'APP_ID_TAKEN', details: {} }], fields);
  if (cause instanceof DatabaseIdTaken) return result('failed', [{ code: 'DATABASE_ID_TAKEN', details: { database_id: databaseId } }], fields);
  return result('failed', [{ code: 'UNEXPECTED', details: { error: failureCode(cause) } }], fields);
}

type Tried = { readonly again: true } | { readonly again: false; readonly result: UserResult };

const resultSchema = z.object({ findings: z.array(z.enum(legacyFindingCodes)) });

/** What an operation that has succeeded has written down. */
function recorded(outcome: 'migrated' | 'rolled_back', operationResult: unknown): UserResult {
  return result(outcome, resultSchema.parse(operationResult).findings.map((code) => ({ code, details: {} })), { isRecorded: true });
}

/** What an attempt is: which operation, of which run, and how long it may wait for others. */
interface Attempt {
  readonly databaseId: string;
  readonly kind: 'legacy.migrate_user' | 'legacy.rollback_user';
  readonly runId: string;
  readonly waiting: Waiting;
  readonly run: () => Promise<Outcome>;
}

const successOf = { 'legacy.migrate_user': 'migrated', 'legacy.rollback_user': 'rolled_back' } as const;

function waits(operationId: string, databaseId: string, error: string): Tried {
  return { again: false, result: result('waiting', [{ code: 'WAITING', details: { error } }], { operationId, databaseId }) };
}

/** Waits for whoever is at work on the database. One of this run that does not end in time goes on in the journal, and writes its user's entry itself. */
async function afterLock(dependencies: LegacyUserDependencies, { databaseId, kind, runId, waiting }: Attempt): Promise<Tried> {
  const open = await waitForLock(dependencies, databaseId, waiting);
  if (open === undefined) return { again: true };
  // Nothing is said of the user: another replica waits on.
  if (waiting.signal?.aborted === true) throw new TransientFailure('OPERATION_OPEN', 'another operation is open on the database, and this replica waits no longer');
  if (open.kind === kind && open.params['run_id'] === runId) return waits(open._id, databaseId, open.error_code ?? 'OPERATION_OPEN');
  return { again: false, result: result('failed', [{ code: 'OPERATION_OPEN', details: { operation_id: open._id } }], { databaseId }) };
}

/** Runs the operation. Where somebody's transaction holds what its first write needs, nothing is written down yet: it is begun again until that is over. */
async function begun(dependencies: LegacyUserDependencies, { run, waiting }: Attempt): Promise<Outcome> {
  for (;;) {
    try {
      // One after the other: the next follows one that came to nothing.
      return await run();
    } catch (error) {
      if (!(error instanceof HeldUp) || !mayWait(dependencies, waiting)) throw error;
      await dependencies.clock.sleep(lockPollMilliseconds, waiting.signal);
    }
  }
}

/** One attempt to run an operation on the user's database. */
async function attempt(dependencies: LegacyUserDependencies, given: Attempt): Promise<Tried> {
  const { databaseId, kind } = given;
  try {
    const outcome = await begun(dependencies, given);
    if (outcome.state === 'succeeded') return { again: false, result: recorded(successOf[kind], outcome.result) };
    // Held up by what ends by itself; anything else may take as long as a cluster is away.
    if (outcome.state === 'suspended') return outcome.cause instanceof HeldUp ? await afterLock(dependencies, given) : waits(outcome.operationId, databaseId, failureCode(outcome.cause));
    if (outcome.cause instanceof LegacyUserChanged) return { again: true };
    return { again: false, result: failed(outcome.cause, outcome.operationId, databaseId) };
  } catch (error) {
    if (error instanceof LegacyUserChanged) return { again: true };
    if (error instanceof LegacyRollbackRefused) return { again: false, result: result('refused', error.refusals, { databaseId }) };
    if (!(error instanceof DatabaseLocked) && !(error instanceof LeaseLost)) throw error;
    return afterLock(dependencies, given);
  }
}

function waitingFrom({ clock, patienceMilliseconds = defaultPatienceMilliseconds }: LegacyUserDependencies, signal: AbortSignal | undefined): Waiting {
  return { until: clock.now().getTime() + patienceMilliseconds, signal };
}

/** What a migration would do to the user; nothing is written. */
export async function planLegacyUser(dependencies: LegacyUserDependencies, order: InspectionOrder, look: LegacyLook = lookAtOnce({ ...dependencies, source: order.source })): Promise<UserResult> {
  const inspection = await inspectLegacyUser(dependencies, order, look);
  if (inspection.kind === 'nothing') return result('skipped', []);
  if (inspection.kind === 'refused') return result('failed', inspection.findings, { mongoDatabase: inspection.mongoDatabase });
  const { databaseId, params } = inspection;
  const dangling = await look.danglingApps(order.userId, []);
  const findings = [...params.findings, ...(dangling.length === 0 ? [] : [{ code: 'APP_DANGLING' as const, details: { app_ids: dangling } }])];
  return result('would_migrate', findings, { databaseId, mongoDatabase: params.entry.mongo_database });
}

/** Migrates the user; a document that changes meanwhile is looked at again. The look is for the first attempt. */
export async function migrateLegacyUser(dependencies: LegacyUserDependencies, order: InspectionOrder, look?: LegacyLook, signal?: AbortSignal): Promise<UserResult> {
  const waiting = waitingFrom(dependencies, signal);
  for (let attempts = 1; attempts <= largestAttemptCount; attempts += 1) {
    // One after the other: the next look is needed only where this one came to nothing.
    const inspection = await inspectLegacyUser(dependencies, order, attempts === 1 ? look : undefined);
    if (inspection.kind === 'nothing') return alreadyThere(dependencies, order);
    if (inspection.kind === 'refused') return result('failed', inspection.findings, { mongoDatabase: inspection.mongoDatabase });
    const { databaseId, params } = inspection;
    const tried = await attempt(dependencies, {
      databaseId, kind: 'legacy.migrate_user', runId: order.runId, waiting, run: () => dependencies.journal.run(dependencies.operations['legacy.migrate_user'], { userId: order.userId, databaseId, params }),
    });
    const isOverlooked = attempts === 1 && look !== undefined && !tried.again && tried.result.findings.some(({ code }) => code === 'DATABASE_ID_TAKEN');
    // Somebody has taken the address since the page was read: looked at alone, that is seen.
    if (!tried.again && !isOverlooked) return tried.result;
  }
  return result('failed', [{ code: 'USER_CHANGED', details: {} }], { databaseId: legacyDatabaseId(order.userId) });
}

/** An operation of this run that somebody else went on with has written its own entry; else the user is skipped. */
async function alreadyThere({ control }: LegacyUserDependencies, { runId, userId }: Pick<InspectionOrder, 'runId' | 'userId'>): Promise<UserResult> {
  const entry = await control.legacyLog.find(runId, userId);
  return entry !== undefined && entry.outcome !== 'waiting' ? { ...entry, isRecorded: true } : result('skipped', []);
}

export interface RollbackOrder {
  readonly userId: string;
  readonly runId: string;
  readonly migratedBy: string;
  readonly origin: AuditOrigin;
}

/** Puts the user back, or says what would be lost. */
export async function rollBackLegacyUser(dependencies: LegacyUserDependencies, order: RollbackOrder, signal?: AbortSignal): Promise<UserResult> {
  const waiting = waitingFrom(dependencies, signal);
  const { userId, runId, migratedBy, origin } = order;
  const databaseId = legacyDatabaseId(userId);
  for (let attempts = 1; attempts <= largestAttemptCount; attempts += 1) {
    // One after the other: the next attempt follows one that found somebody else at work.
    const tried = await attempt(dependencies, {
      databaseId, kind: 'legacy.rollback_user', runId, waiting,
      run: () => dependencies.journal.run(dependencies.operations['legacy.rollback_user'], { userId, databaseId, params: { origin, run_id: runId, migrated_by: migratedBy, found: null } }),
    });
    if (tried.again) continue;
    // An operation of this run that somebody else went on with leaves nothing to put back.
    if (tried.result.outcome !== 'refused') return tried.result;
    const there = await alreadyThere(dependencies, order);
    return there.outcome === 'rolled_back' ? there : tried.result;
  }
  return result('failed', [{ code: 'OPERATION_OPEN', details: {} }], { databaseId });
}
