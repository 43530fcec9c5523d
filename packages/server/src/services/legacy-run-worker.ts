// The part of runs over legacy users that one replica does: it takes pages of users under a lease, works on a few users at a time, and
// writes down what became of each. Every replica does the same; a page whose replica dies is taken by another, which skips the users
// that are done. A cluster that does not answer pauses the run: it says nothing about users.
import type { AuditOrigin } from '../domain/audit-origin.js';
import { failureCode } from '../journal/operation-run.js';
import { keepingLease } from '../journal/lease-keeper.js';
import type { ControlIndexes } from '../ports/control-indexes.js';
import type { DriftReads } from '../ports/drift-reads.js';
import type { EventSink } from '../ports/events.js';
import { isUnreachable, TransientFailure } from '../ports/failures.js';
import type { LegacyCiphers } from '../ports/legacy-cipher.js';
import type { LegacySources } from '../ports/legacy-source.js';
import type { LegacyLogRecord, LegacyPage, LegacyRunRecord, LegacyRunStore } from '../ports/legacy-runs.js';
import { LeaseLost } from '../ports/operations.js';
import type { InspectionOrder } from './legacy-inspection.js';
import { lookAtPage, type LegacyLook } from './legacy-look.js';
import { platformDefects } from './legacy-platform-verification.js';
import { sourceOf, usersOf } from './legacy-run-users.js';
import { migrateLegacyUser, planLegacyUser, rollBackLegacyUser, type LegacyUserDependencies, type UserResult } from './legacy-user-migration.js';
import { verdictOn, verifyLegacyUser, type LegacyVerificationDependencies } from './legacy-verification.js';

export interface LegacyWorkerDependencies extends LegacyUserDependencies, Omit<LegacyVerificationDependencies, 'operations'> {
  readonly operations: LegacyUserDependencies['operations'] & LegacyVerificationDependencies['operations'];
  readonly runs: LegacyRunStore;
  readonly ciphers: LegacyCiphers;
  readonly sources: LegacySources;
  readonly indexes: ControlIndexes;
  readonly drift: Pick<DriftReads, 'credentials'>;
  readonly events: EventSink;
  /** Names this replica in leases. */
  readonly owner: string;
  readonly leaseMilliseconds: number;
}

const attemptsPerUser = 4;
const firstDelayMilliseconds = 250;
const stateLookMilliseconds = 500;
export const pausedByOperator = 'operator';
/** Mended by a setting: nothing that comes back by itself. */
export const cipherUnknown = 'LEGACY_CIPHER_UNKNOWN';

function originOf(run: LegacyRunRecord): AuditOrigin {
  return { actor_user_id: run.startedBy, credential: { kind: 'system', id: `legacy run ${run.id}` }, request_id: '', remote_address: '' };
}

function orderOf(dependencies: LegacyWorkerDependencies, run: LegacyRunRecord, userId: string): InspectionOrder {
  const { ciphers } = dependencies;
  const cipher = run.options.cipher === null ? ciphers.standard : ciphers.find(run.options.cipher);
  // The setting was taken away on this replica, or is not the same on all: nothing about the users.
  if (cipher === undefined) throw new TransientFailure(cipherUnknown, 'this replica has no legacy cipher of the name');
  return { userId, runId: run.id, origin: originOf(run), cipher, source: sourceOf(dependencies, run.options), options: run.options, isMeasured: run.mode === 'run' };
}

/** What the run does with one user; the look at their page is for the first attempt. */
function work(dependencies: LegacyWorkerDependencies, run: LegacyRunRecord, userId: string, look: LegacyLook | undefined, signal: AbortSignal): Promise<UserResult> {
  switch (run.mode) {
    case 'plan':
      return planLegacyUser(dependencies, orderOf(dependencies, run, userId), look);
    case 'run':
      return migrateLegacyUser(dependencies, orderOf(dependencies, run, userId), look, signal);
    case 'rollback':
      return rollBackLegacyUser(dependencies, { userId, runId: run.id, migratedBy: run.options.ofRunId ?? '', origin: originOf(run) }, signal);
    case 'verify':
      return verifyLegacyUser(dependencies, userId, run.options.repair, look);
  }
}

/** Tried again where the outside did not answer; what else goes wrong is the user's outcome, and stops no other. */
async function workPatiently(dependencies: LegacyWorkerDependencies, run: LegacyRunRecord, userId: string, look: LegacyLook | undefined, signal: AbortSignal): Promise<UserResult> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      // One after the other: each attempt follows a failed one.
      return await work(dependencies, run, userId, attempt === 1 ? look : undefined, signal);
    } catch (error) {
      if (error instanceof LeaseLost || signal.aborted) throw error;
      if (!isUnreachable(error)) {
        return { outcome: 'failed', findings: [{ code: 'UNEXPECTED', details: { error: failureCode(error) } }], databaseId: null, mongoDatabase: null, operationId: null };
      }
      if (attempt >= attemptsPerUser) throw error;
      await dependencies.clock.sleep(firstDelayMilliseconds * 2 ** (attempt - 1), signal);
    }
  }
}

/** Plans and verifications change nothing: what of them was not written down is done again, so a page's entries are written in one go. */
const writesAtOnce = { plan: false, run: true, rollback: true, verify: false } as const satisfies Record<LegacyRunRecord['mode'], boolean>;

interface PageWork {
  readonly look: LegacyLook | undefined;
  /** Entries that wait to be written. */
  readonly entries: LegacyLogRecord[];
}

async function finishUser(dependencies: LegacyWorkerDependencies, run: LegacyRunRecord, userId: string, { look, entries }: PageWork, signal: AbortSignal): Promise<void> {
  const { control, clock, events } = dependencies;
  const { isRecorded = false, ...result } = await workPatiently(dependencies, run, userId, look, signal);
  const { outcome, findings, databaseId, mongoDatabase, operationId } = result;
  const entry: LegacyLogRecord = { runId: run.id, userId, outcome, findings, databaseId, mongoDatabase, operationId, at: clock.now(), before: null, rolledBackBy: null };
  if (!writesAtOnce[run.mode]) entries.push(entry);
  else if (!isRecorded) await control.legacyLog.note(entry);
  events.emit({ name: 'legacy.user_done', runId: run.id, mode: run.mode, userId, outcome, findings: findings.map(({ code }) => code) });
}

/** Says whether the run still runs; looks at most so often. */
function stateWatch({ runs, clock }: LegacyWorkerDependencies, runId: string): () => Promise<boolean> {
  let lookedAt = 0;
  let isRunning = true;
  return async () => {
    const now = clock.now().getTime();
    if (now - lookedAt >= stateLookMilliseconds) {
      lookedAt = now;
      isRunning = (await runs.find(runId))?.state === 'running';
    }
    return isRunning;
  };
}

/** True: all users of the page are done. */
async function workOnUsers(dependencies: LegacyWorkerDependencies, run: LegacyRunRecord, page: LegacyPage, signal: AbortSignal): Promise<boolean> {
  const finished = await dependencies.control.legacyLog.finished(run.id, page.userIds);
  const left = page.userIds.filter((userId) => !finished.has(userId));
  const waiting = left.values();
  const pageWork: PageWork = { look: run.mode === 'rollback' ? undefined : await lookAtPage({ ...dependencies, source: sourceOf(dependencies, run.options) }, left), entries: [] };
  const isRunning = stateWatch(dependencies, run.id);
  const stopping = new AbortController();
  let isWhole = true;
  const worker = async (): Promise<void> => {
    for (const userId of waiting) {
      if (signal.aborted || stopping.signal.aborted || !(await isRunning())) {
        isWhole = false;
        return;
      }
      try {
        await finishUser(dependencies, run, userId, pageWork, signal);
      } catch (error) {
        // The others finish the user they are at, and begin no further one.
        stopping.abort();
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: run.options.concurrency }, worker));
  await dependencies.control.legacyLog.recordAll(pageWork.entries);
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
  return isWhole;
}

/** The page at the end of a run, which has no users: what is looked at once. */
async function closeRun(dependencies: LegacyWorkerDependencies, run: LegacyRunRecord): Promise<boolean> {
  if (run.mode !== 'verify') return true;
  const { control, clusters, indexes, legacyClusterId, clock } = dependencies;
  const verdict = await verdictOn(await platformDefects(dependencies, await clusters.cluster(legacyClusterId), indexes), run.options.repair);
  await control.legacyLog.record({ ...verdict, runId: run.id, userId: null, databaseId: null, mongoDatabase: null, operationId: null, at: clock.now(), before: null, rolledBackBy: null });
  return true;
}

async function workOnPage(dependencies: LegacyWorkerDependencies, run: LegacyRunRecord, page: LegacyPage, signal: AbortSignal): Promise<boolean> {
  const { runs, clock, leaseMilliseconds } = dependencies;
  const controller = new AbortController();
  const either = AbortSignal.any([signal, controller.signal]);
  const renew = async (): Promise<void> => {
    if (!(await runs.renewPage(page, new Date(clock.now().getTime() + leaseMilliseconds)))) throw new LeaseLost('another replica has the page');
  };
  const isWhole = await keepingLease({ clock, leaseMilliseconds, renew }, controller, () =>
    (page.userIds.length === 0 ? closeRun(dependencies, run) : workOnUsers(dependencies, run, page, either)));
  if (isWhole) await runs.finishPage(page, clock.now());
  else await runs.releasePage(page);
  return isWhole;
}

/** Works on one run until there is nothing left of it for this replica. */
export async function workOnRun(dependencies: LegacyWorkerDependencies, run: LegacyRunRecord, signal: AbortSignal): Promise<void> {
  const { runs, clock, owner, leaseMilliseconds, events } = dependencies;
  const isStopping = (): boolean => signal.aborted;
  while (!isStopping()) {
    const now = clock.now();
    // Page after page: within a page several users are worked on at once.
    let page: LegacyPage | undefined;
    try {
      page = await runs.takePage(run.id, { owner, now, expiresAt: new Date(now.getTime() + leaseMilliseconds) }, (cursor) => usersOf(dependencies, run, cursor));
      if (page === undefined) break;
      if (!(await workOnPage(dependencies, run, page, signal))) return;
    } catch (error) {
      if (error instanceof LeaseLost) continue;
      if (page !== undefined) await runs.releasePage(page);
      if (!isUnreachable(error)) throw error;
      // What this replica does not end says nothing about the cluster.
      if (isStopping()) return;
      const reason = failureCode(error);
      if (await runs.changeState(run.id, 'running', 'paused', reason, clock.now())) events.emit({ name: 'legacy.run_paused', runId: run.id, mode: run.mode, reason });
      return;
    }
  }
  if (!signal.aborted && (await runs.endIfDone(run.id, clock.now()))) events.emit({ name: 'legacy.run_ended', runId: run.id, mode: run.mode, done: (await runs.find(run.id))?.done ?? 0 });
}
