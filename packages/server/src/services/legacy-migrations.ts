// Runs over legacy users, as operators start and follow them (`LegacyMigrationService`). The work is done by a job on every replica.
import { ApiError, type LegacyLogEntry, type LegacyLogQuery, type LegacyRun, type LegacyRunMode } from '@freehold/api';
import type { AuditAction } from '../ports/audit.js';
import type { Clock } from '../ports/clock.js';
import type { ControlDatabase, ControlStores } from '../ports/control-database.js';
import type { Identifiers } from '../ports/identifiers.js';
import type { LegacyCiphers } from '../ports/legacy-cipher.js';
import type { LegacySources } from '../ports/legacy-source.js';
import { LegacyRunRunning, type LegacyLogFilter, type LegacyLogRecord, type LegacyRunOptions, type LegacyRunRecord, type LegacyRunStore } from '../ports/legacy-runs.js';
import type { Actor, LegacyMigrationService } from './contracts.js';
import { originOf } from './databases-world.js';
import { followedRun } from './followed-run.js';
import { countUsers } from './legacy-run-users.js';
import { pausedByOperator } from './legacy-run-worker.js';

export interface LegacyMigrationDependencies {
  readonly control: ControlDatabase;
  readonly runs: LegacyRunStore;
  readonly ciphers: LegacyCiphers;
  readonly sources: LegacySources;
  readonly clock: Clock;
  readonly identifiers: Pick<Identifiers, 'uuid'>;
}

/** Collects users that were migrated before a run came to them. */
export const firstUseRunId = 'first-use';

const followPollMilliseconds = 500;
const exportPage = 500;
const changing: readonly LegacyRunMode[] = ['run', 'rollback'];
const noOptions: LegacyRunOptions = {
  concurrency: 1, userIds: null, limit: null, cipher: null, source: null, allowPlain: false, extraRoles: 'refuse', ofRunId: null, samplePercent: null, repair: false,
};

/** A run before its first page. */
export function newRun(id: string, mode: LegacyRunMode, options: Partial<LegacyRunOptions>, fields: Pick<LegacyRunRecord, 'total' | 'createdAt' | 'startedBy'> & Partial<LegacyRunRecord>): LegacyRunRecord {
  return { id, mode, state: 'running', pauseReason: null, options: { ...noOptions, ...options }, done: 0, outcomes: {}, findings: {}, updatedAt: fields.createdAt, endedAt: null, ...fields };
}

function presentRun(run: LegacyRunRecord): LegacyRun {
  const { id, mode, state, total, done, options } = run;
  return {
    id, mode, state, pause_reason: run.pauseReason, of_run_id: options.ofRunId, concurrency: options.concurrency, cipher: options.cipher, source: options.source, allow_plain: options.allowPlain,
    extra_roles: options.extraRoles, repair: options.repair, sample_percent: options.samplePercent, total, done, outcomes: { ...run.outcomes }, findings: { ...run.findings },
    created_at: run.createdAt.toISOString(), updated_at: run.updatedAt.toISOString(), ended_at: run.endedAt?.toISOString() ?? null,
  };
}

/** The earlier document stays behind: it is kept for a rollback alone. */
function presentEntry(entry: LegacyLogRecord): LegacyLogEntry {
  return {
    user_id: entry.userId, outcome: entry.outcome, findings: entry.findings.map(({ code, details }) => ({ code, details: { ...details } })), database_id: entry.databaseId,
    mongo_database: entry.mongoDatabase, operation_id: entry.operationId, rolled_back_by: entry.rolledBackBy, at: entry.at.toISOString(),
  };
}

function toFilter({ outcome, finding, user_id: userId }: Pick<LegacyLogQuery, 'outcome' | 'finding' | 'user_id'>): LegacyLogFilter {
  return { ...(outcome === undefined ? {} : { outcome }), ...(finding === undefined ? {} : { finding }), ...(userId === undefined ? {} : { userId }) };
}

function countedNow(run: LegacyRunRecord, counts: Pick<LegacyRunRecord, 'outcomes' | 'findings'>): LegacyRunRecord {
  const done = Object.values(counts.outcomes).reduce((sum, count) => sum + count, 0);
  return { ...run, ...counts, done, total: done };
}

interface Runs {
  readonly find: (runId: string) => Promise<LegacyRunRecord>;
  readonly begin: (actor: Actor, mode: LegacyRunMode, options: LegacyRunOptions) => Promise<LegacyRun>;
  readonly change: (actor: Actor, runId: string, to: 'paused' | 'running') => Promise<LegacyRun>;
}

/** Finding, beginning, pausing and resuming runs. */
function runsOf(dependencies: LegacyMigrationDependencies): Runs {
  const { control, runs, clock, identifiers } = dependencies;

  async function find(runId: string): Promise<LegacyRunRecord> {
    const run = await runs.find(runId);
    if (run === undefined) throw new ApiError('LEGACY_RUN_NOT_FOUND', { run_id: runId });
    // What changes with every first use is counted when somebody looks.
    if (runId === firstUseRunId) return countedNow(run, await control.legacyLog.tally(runId));
    // Operations that waited may have ended since their page was counted.
    return (run.outcomes.waiting ?? 0) > 0 ? { ...run, ...await control.legacyLog.tally(runId) } : run;
  }

  async function refuseAnother(mode: LegacyRunMode): Promise<void> {
    if (!changing.includes(mode)) return;
    const other = (await runs.inState('running')).find((run) => changing.includes(run.mode));
    if (other !== undefined) throw new ApiError('LEGACY_RUN_IN_PROGRESS', { run_id: other.id });
  }

  /** A transaction that begins or resumes a run: another may have begun since it was looked for. */
  async function transact(work: (stores: ControlStores) => Promise<void>): Promise<void> {
    try {
      await control.transaction(work);
    } catch (error) {
      if (!(error instanceof LegacyRunRunning)) throw error;
      await refuseAnother('run');
      // The other has ended meanwhile.
      await control.transaction(work);
    }
  }

  const audit = (stores: Pick<ControlStores, 'audit'>, actor: Actor, action: AuditAction, runId: string, details: Readonly<Record<string, unknown>>): Promise<void> =>
    stores.audit.record({ action, origin: originOf(actor), userId: actor.userId, subject: { kind: 'migration', id: runId }, at: clock.now(), details });

  return {
    find,
    begin: async (actor, mode, options) => {
      // A repeat of the request finds the run it began.
      const id = actor.idempotencyId?.slice(0, 64) ?? identifiers.uuid();
      const earlier = await runs.find(id);
      if (earlier !== undefined) return presentRun(earlier);
      await refuseAnother(mode);
      const run = newRun(id, mode, options, { total: await countUsers(dependencies, mode, options), createdAt: clock.now(), startedBy: actor.userId });
      const { userIds, ...rest } = options;
      await transact(async (stores) => {
        if (await stores.legacyRuns.insert(run)) await audit(stores, actor, 'legacy.run_started', id, { mode, ...rest, users: userIds?.length ?? null });
      });
      return presentRun(run);
    },
    change: async (actor, runId, to) => {
      const run = await find(runId);
      if (to === 'running') await refuseAnother(run.mode);
      await transact(async (stores) => {
        const { legacyRuns } = stores;
        const isChanged = await legacyRuns.changeState(runId, to === 'paused' ? 'running' : 'paused', to, to === 'paused' ? pausedByOperator : null, clock.now());
        // A run that a cluster had paused is kept from going on by itself.
        const isHeld = !isChanged && to === 'paused' && (await legacyRuns.changeState(runId, 'paused', 'paused', pausedByOperator, clock.now()));
        if (!isChanged && !isHeld) throw new ApiError('LEGACY_RUN_NOT_RUNNING', { run_id: runId, state: run.state });
        await audit(stores, actor, to === 'paused' ? 'legacy.run_paused' : 'legacy.run_resumed', runId, {});
      });
      return presentRun(await find(runId));
    },
  };
}

/** Builds the service. */
export function createLegacyMigrationService(dependencies: LegacyMigrationDependencies): LegacyMigrationService {
  const { control, runs, ciphers, sources } = dependencies;
  const { find, begin, change } = runsOf(dependencies);

  return {
    start: async (actor, input) => {
      const cipher = input.cipher ?? ciphers.standard?.name ?? null;
      if (input.mode !== 'verify' && (cipher === null || ciphers.find(cipher) === undefined)) throw new ApiError('LEGACY_CIPHER_UNKNOWN', { cipher: input.cipher ?? null, known: ciphers.names });
      if (input.source !== undefined && sources.find(input.source) === undefined) throw new ApiError('LEGACY_SOURCE_UNKNOWN', { source: input.source, known: sources.names });
      if (input.of_run_id !== undefined) await find(input.of_run_id);
      return begin(actor, input.mode, {
        concurrency: input.concurrency, userIds: input.user_ids ?? null, limit: input.limit ?? null, cipher: input.mode === 'verify' ? null : cipher, source: input.source ?? null, allowPlain: input.allow_plain,
        extraRoles: input.extra_roles, ofRunId: input.of_run_id ?? null, samplePercent: input.sample_percent ?? null, repair: input.repair,
      });
    },
    rollback: async (actor, runId, input) => {
      await find(runId);
      return begin(actor, 'rollback', { ...noOptions, concurrency: input.concurrency, userIds: input.user_ids ?? null, ofRunId: runId });
    },
    list: async (_actor, { limit, offset }) => {
      const { items, total } = await runs.list({ limit, offset });
      return { items: items.map(presentRun), total, limit, offset };
    },
    get: async (_actor, runId) => presentRun(await find(runId)),
    log: async (_actor, runId, query) => {
      await find(runId);
      const { items, total } = await control.legacyLog.page(runId, toFilter(query), query);
      return { items: items.map(presentEntry), total, limit: query.limit, offset: query.offset };
    },
    export: async (_actor, runId, query) => {
      await find(runId);
      return exported(dependencies, runId, toFilter(query));
    },
    pause: (actor, runId) => change(actor, runId, 'paused'),
    resume: (actor, runId) => change(actor, runId, 'running'),
    follow: async (_actor, runId) => {
      const first = await find(runId);
      return (signal) => followedRun({ first, find: (id) => dependencies.runs.find(id), present: presentRun, clock: dependencies.clock, pollMilliseconds: followPollMilliseconds }, signal);
    },
  };
}

/** All entries, a page at a time. */
async function* exported({ control }: LegacyMigrationDependencies, runId: string, filter: LegacyLogFilter): AsyncGenerator<LegacyLogEntry, void> {
  let after: string | null = null;
  for (;;) {
    // Page after page: each is read when the one before was taken.
    const entries: readonly LegacyLogRecord[] = await control.legacyLog.after(runId, filter, after, exportPage);
    yield* entries.map(presentEntry);
    const last = entries.at(-1)?.userId;
    if (last === undefined || last === null || entries.length < exportPage) return;
    after = last;
  }
}
