// Unmigrated users read what they have (the stores show it as if they were migrated); before they change anything they are migrated,
// so that every change is made to a database the platform knows. Also lets everybody call their default database `default`, as
// programs of the earlier platform do.
import { ApiError } from '@freehold/api';
import { resolveDefaultDatabase } from '../domain/default-database.js';
import { legacyDatabaseName } from '../domain/legacy-user.js';
import type { LegacyCiphers } from '../ports/legacy-cipher.js';
import type { LegacyRunStore } from '../ports/legacy-runs.js';
import type { Actor, AppService, DatabaseService, UsageService } from './contracts.js';
import { originOf } from './databases-world.js';
import { firstUseRunId, newRun } from './legacy-migrations.js';
import { migrateLegacyUser, type LegacyUserDependencies } from './legacy-user-migration.js';

export interface LegacyFirstUseDependencies extends LegacyUserDependencies {
  readonly runs: LegacyRunStore;
  readonly ciphers: LegacyCiphers;
}

/** A request waits no longer than this for an operation that was begun elsewhere. */
const patienceMilliseconds = 5_000;
const retryAfterSeconds = 5;

async function migrate(dependencies: LegacyFirstUseDependencies, actor: Actor): Promise<void> {
  const { runs, ciphers, clock, control } = dependencies;
  const { userId } = actor;
  if (ciphers.standard === undefined) throw new ApiError('LEGACY_USER_NOT_MIGRATED', { findings: [] });
  const now = clock.now();
  await runs.insert(newRun(firstUseRunId, 'run', { cipher: ciphers.standard.name }, { state: 'done', total: 0, createdAt: now, startedBy: null, endedAt: now }));
  const result = await migrateLegacyUser({ patienceMilliseconds, ...dependencies }, { userId, runId: firstUseRunId, origin: originOf(actor), cipher: ciphers.standard, options: { allowPlain: false, extraRoles: 'refuse' }, isMeasured: true });
  if (result.isRecorded === true || result.outcome === 'skipped') return;
  await control.legacyLog.note({ ...result, runId: firstUseRunId, userId, at: now, before: null, rolledBackBy: null });
  // It is written down, and goes on by itself: the same request succeeds later.
  if (result.outcome === 'waiting') throw new ApiError('SERVICE_UNAVAILABLE', { operation_id: result.operationId, retry_after_seconds: retryAfterSeconds });
  throw new ApiError('LEGACY_USER_NOT_MIGRATED', { findings: result.findings.map(({ code }) => code) });
}

export interface LegacyFirstUse {
  /** Migrates the caller, if need be. Throws LEGACY_USER_NOT_MIGRATED; TransientFailure where the cluster does not answer. */
  readonly prepare: (actor: Actor) => Promise<void>;
  /** The id that is meant: `default` is the caller's default database. */
  readonly resolve: (actor: Actor, databaseId: string) => Promise<string>;
}

/** Builds it. */
export function createLegacyFirstUse(dependencies: LegacyFirstUseDependencies): LegacyFirstUse {
  return {
    prepare: async (actor) => {
      if (await dependencies.control.legacyUsers.isUnmigrated(actor.userId)) await migrate(dependencies, actor);
    },
    resolve: async ({ userId }, databaseId) => {
      // No database has this id: those that are made have 8 digits, and this name is reserved.
      if (databaseId !== legacyDatabaseName) return databaseId;
      const owner = await dependencies.control.databases.owner(userId);
      return resolveDefaultDatabase(owner?.databases ?? [], owner?.defaultDatabaseId ?? null)?.id ?? databaseId;
    },
  };
}

/** The service, for migrated and unmigrated users alike. */
export function databasesOfAllUsers(databases: DatabaseService, { prepare, resolve }: LegacyFirstUse): DatabaseService {
  return {
    create: async (actor, input) => {
      await prepare(actor);
      return databases.create(actor, input);
    },
    list: (actor, query) => databases.list(actor, query),
    get: async (actor, databaseId) => databases.get(actor, await resolve(actor, databaseId)),
    connection: async (actor, databaseId) => databases.connection(actor, await resolve(actor, databaseId)),
    update: async (actor, databaseId, input) => {
      await prepare(actor);
      return databases.update(actor, await resolve(actor, databaseId), input);
    },
    setQuotas: async (actor, databaseIds, quotaMb) => {
      await prepare(actor);
      const resolved = new Map<string, string>();
      // Only the name `default` is looked up.
      for (const id of databaseIds) resolved.set(id, await resolve(actor, id));
      const errors = await databases.setQuotas(actor, [...new Set(resolved.values())], quotaMb);
      return new Map([...resolved].flatMap(([asked, id]) => (errors.has(id) ? [[asked, errors.get(id)!] as const] : [])));
    },
    // Counted by the id in the address, so that no other name may stand for it.
    rotateCredentials: async (actor, databaseId, rotation) => {
      await prepare(actor);
      return databases.rotateCredentials(actor, databaseId, rotation);
    },
    requestDeletion: async (actor, databaseId) => {
      await prepare(actor);
      return databases.requestDeletion(actor, databaseId);
    },
    delete: async (actor, databaseId, query) => {
      await prepare(actor);
      return databases.delete(actor, databaseId, query);
    },
    restore: async (actor, databaseId) => {
      await prepare(actor);
      return databases.restore(actor, databaseId);
    },
  };
}

/** The service, for which `default` names the default database. */
export function usageOfAllUsers(usage: UsageService, { resolve }: LegacyFirstUse): UsageService {
  return { ...usage, usage: async (actor, databaseId, query) => usage.usage(actor, await resolve(actor, databaseId), query) };
}

/** The service: apps that name a database need one that the platform knows. */
export function appsOfAllUsers(apps: AppService, { prepare, resolve }: LegacyFirstUse): AppService {
  const ready = async <Input extends { readonly database_id?: string | null | undefined }>(actor: Actor, input: Input): Promise<Input> => {
    if (input.database_id === undefined || input.database_id === null) return input;
    await prepare(actor);
    return { ...input, database_id: await resolve(actor, input.database_id) };
  };
  return {
    ...apps,
    create: async (actor, input) => apps.create(actor, await ready(actor, input)),
    update: async (actor, appId, input) => apps.update(actor, appId, await ready(actor, input)),
  };
}
