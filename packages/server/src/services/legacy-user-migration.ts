// Migrates, plans for, and puts back one legacy user: what a run does with each of its users. Gives back what became of the user;
// throws only where the outside does not answer, which says nothing about the user.
import { legacyFindingCodes } from '@freehold/api';
import { z } from 'zod';
import { legacyDatabaseId } from '../credentials/legacy-database-id.js';
import type { AuditOrigin } from '../domain/audit-origin.js';
import { isClosed } from '../domain/operation.js';
import type { Journal } from '../journal/journal.js';
import { failureCode, type Outcome } from '../journal/operation-run.js';
import type { DatabaseOperations } from '../operations/index.js';
import { LegacyRollbackRefused } from '../operations/legacy-rollback-user.js';
import type { Clock } from '../ports/clock.js';
import type { ControlDatabase } from '../ports/control-database.js';
import { DatabaseIdTaken } from '../ports/databases.js';
import { TransientFailure } from '../ports/failures.js';
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
}

/** What became of a user. */
export interface UserResult extends Pick<LegacyLogRecord, 'outcome' | 'findings' | 'databaseId' | 'mongoDatabase' | 'operationId'> {
  /** An operation has written it into the log itself, with the details that are missing here. */
  readonly isRecorded?: true;
}

const largestAttemptCount = 4;
const lockPollMilliseconds = 500;
/** Longer than a lease, so that what a dead replica has left is taken up by this one or another. */
const lockPatienceMilliseconds = 60_000;

function result(outcome: LegacyLogRecord['outcome'], findings: readonly LegacyFinding[], fields: Partial<UserResult> = {}): UserResult {
  return { outcome, findings, databaseId: null, mongoDatabase: null, operationId: null, ...fields };
}

/** Waits until no operation is open on the database, going on with one that was left behind. False: it did not end in time. */
async function waitForLock({ control, journal, clock }: LegacyUserDependencies, databaseId: string): Promise<boolean> {
  for (let waited = 0; waited < lockPatienceMilliseconds; waited += lockPollMilliseconds) {
    // One after the other: this waits for somebody else.
    const open = await control.operations.openOn(databaseId);
    if (open === undefined || isClosed(open.state)) return true;
    if ((await journal.resume(open._id)) !== undefined) continue;
    await clock.sleep(lockPollMilliseconds);
  }
  return false;
}

/** What a failed operation says about its user; throws for what says nothing about the user. */
function failed(cause: unknown, operationId: string, databaseId: string): UserResult {
  if (cause instanceof TransientFailure) throw cause;
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

/** One attempt to run an operation on the user's database. */
async function attempt(dependencies: LegacyUserDependencies, databaseId: string, success: 'migrated' | 'rolled_back', run: () => Promise<Outcome>): Promise<Tried> {
  try {
    const outcome = await run();
    if (outcome.state === 'succeeded') return { again: false, result: recorded(success, outcome.result) };
    if (outcome.state === 'suspended') return { again: false, result: result('waiting', [{ code: 'WAITING', details: { error: failureCode(outcome.cause) } }], { operationId: outcome.operationId, databaseId }) };
    if (outcome.cause instanceof LegacyUserChanged) return { again: true };
    return { again: false, result: failed(outcome.cause, outcome.operationId, databaseId) };
  } catch (error) {
    if (error instanceof LegacyUserChanged) return { again: true };
    if (error instanceof LegacyRollbackRefused) return { again: false, result: result('refused', error.refusals, { databaseId }) };
    if (!(error instanceof DatabaseLocked) && !(error instanceof LeaseLost)) throw error;
    if (await waitForLock(dependencies, databaseId)) return { again: true };
    return { again: false, result: result('failed', [{ code: 'OPERATION_OPEN', details: {} }], { databaseId }) };
  }
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
export async function migrateLegacyUser(dependencies: LegacyUserDependencies, order: InspectionOrder, look?: LegacyLook): Promise<UserResult> {
  for (let attempts = 1; attempts <= largestAttemptCount; attempts += 1) {
    // One after the other: the next look is needed only where this one came to nothing.
    const inspection = await inspectLegacyUser(dependencies, order, attempts === 1 ? look : undefined);
    if (inspection.kind === 'nothing') return alreadyThere(dependencies, order);
    if (inspection.kind === 'refused') return result('failed', inspection.findings, { mongoDatabase: inspection.mongoDatabase });
    const { databaseId, params } = inspection;
    const tried = await attempt(dependencies, databaseId, 'migrated', () => dependencies.journal.run(dependencies.operations['legacy.migrate_user'], { userId: order.userId, databaseId, params }));
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
export async function rollBackLegacyUser(dependencies: LegacyUserDependencies, order: RollbackOrder): Promise<UserResult> {
  const { userId, runId, migratedBy, origin } = order;
  const databaseId = legacyDatabaseId(userId);
  for (let attempts = 1; attempts <= largestAttemptCount; attempts += 1) {
    // One after the other: the next attempt follows one that found somebody else at work.
    const tried = await attempt(dependencies, databaseId, 'rolled_back', () =>
      dependencies.journal.run(dependencies.operations['legacy.rollback_user'], { userId, databaseId, params: { origin, run_id: runId, migrated_by: migratedBy, found: null } }));
    if (tried.again) continue;
    // An operation of this run that somebody else went on with leaves nothing to put back.
    if (tried.result.outcome !== 'refused') return tried.result;
    const there = await alreadyThere(dependencies, order);
    return there.outcome === 'rolled_back' ? there : tried.result;
  }
  return result('failed', [{ code: 'OPERATION_OPEN', details: {} }], { databaseId });
}
