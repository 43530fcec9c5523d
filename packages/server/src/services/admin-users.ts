// What operators see and change of users and their databases (`AdminUserService`).
import { ApiError, type AdminDatabase, type AdminUser, type UpdateUser, type UserRateLimits } from '@freehold/api';
import { changedLimits, PlanAbsent } from '../domain/plans.js';
import { rateLimitEntries, storedOverrides, type SharedRateLimitName } from '../domain/rate-limits.js';
import { updateDatabase } from '../operations/database-update.js';
import type { OperationWorld } from '../operations/operation-world.js';
import type { ControlStores } from '../ports/control-database.js';
import type { OwnedDatabase } from '../ports/databases.js';
import type { Disabled, UserChange, UserRecord } from '../ports/users.js';
import type { Authenticator } from './accounts-authentication.js';
import type { Actor, AdminUserService } from './contracts.js';
import { answering } from './databases-errors.js';
import { presentDatabase } from './databases-presentation.js';
import { originOf } from './databases-world.js';
import { limitedUser, rateLimitStandings } from './limits.js';
import { changedRateLimits } from './plans.js';
import { databaseSubject, type RateLimiter } from './rate-limiter.js';

export interface AdminUserServiceDependencies extends Pick<OperationWorld, 'control' | 'clock'> {
  readonly authenticator: Pick<Authenticator, 'forgetUser'>;
  /** Undefined: nothing is limited. */
  readonly limiter: RateLimiter | undefined;
}

function presentUser(user: UserRecord): AdminUser {
  return {
    id: user.id, email: user.email, name: user.name, role: user.role, created_at: user.createdAt.toISOString(), plan: user.limits.plan.name,
    overrides: user.limits.overrides, rate_limits: storedOverrides(user.rateLimits),
    disabled: user.disabled !== null, disabled_at: user.disabled?.at.toISOString() ?? null, databases_suspended: user.disabled?.areDatabasesSuspended ?? false,
    database_count: user.databaseCount, used_mb: Math.round(user.usedMb * 1000) / 1000, promised_mb: Math.round(user.promisedMb * 1000) / 1000,
  };
}

function presentOwned(database: OwnedDatabase): AdminDatabase {
  return { ...presentDatabase(database), user_id: database.userId, connection_budget: database.entry.connection_budget ?? null };
}

async function found(stores: Pick<ControlStores, 'users'>, userId: string): Promise<UserRecord> {
  const user = await stores.users.find(userId);
  if (user === undefined) throw new ApiError('USER_NOT_FOUND');
  return user;
}

/** Undefined: it stays as it is. */
function disabledAfter(before: Disabled | null, { disabled, suspend_databases: isSuspending = false }: UpdateUser, now: Date): Disabled | null | undefined {
  if (disabled === undefined) return undefined;
  return disabled ? { at: before?.at ?? now, areDatabasesSuspended: isSuspending } : null;
}

function changeOf(user: UserRecord, input: UpdateUser, now: Date): UserChange {
  const disabled = disabledAfter(user.disabled, input, now);
  return {
    ...(input.plan === undefined ? {} : { plan: input.plan }),
    ...(input.overrides === undefined ? {} : { overrides: input.overrides === null ? {} : changedLimits(user.limits.overrides, input.overrides) }),
    ...(input.rate_limits === undefined ? {} : { rateLimits: input.rate_limits === null ? {} : changedRateLimits(user.rateLimits, input.rate_limits) }),
    ...(disabled === undefined ? {} : { disabled }),
  };
}

/** Only what an operator can change, for the audit log. */
function changeable({ plan, overrides, rate_limits, disabled, databases_suspended }: AdminUser): Readonly<Record<string, unknown>> {
  return { plan, overrides, rate_limits, disabled, databases_suspended };
}

async function update({ control, clock, authenticator }: AdminUserServiceDependencies, actor: Actor, userId: string, input: UpdateUser): Promise<AdminUser> {
  if (input.disabled === true && userId === actor.userId) {
    throw new ApiError('VALIDATION_FAILED', { issues: [{ path: 'body.disabled', message: 'is your own account: nobody would be left to enable it again' }] });
  }
  const now = clock.now();
  try {
    const answer = await control.transaction(async (stores) => {
      const before = await found(stores, userId);
      if (!(await stores.users.change(userId, changeOf(before, input, now)))) throw new ApiError('USER_NOT_FOUND');
      const after = presentUser(await found(stores, userId));
      await stores.audit.record({
        action: 'user.updated', origin: originOf(actor), userId, subject: { kind: 'user', id: userId }, at: now, details: { before: changeable(presentUser(before)), after: changeable(after) },
      });
      return after;
    });
    authenticator.forgetUser(userId);
    return answer;
  } catch (error) {
    throw error instanceof PlanAbsent ? new ApiError('PLAN_NOT_FOUND', {}, { cause: error }) : error;
  }
}

const countedByDatabase = rateLimitEntries().filter(([, { scope }]) => scope === 'database').map(([name]) => name as SharedRateLimitName);
/** So many databases are looked up at once. */
const databasesPerLook = 500;

async function standingsOfDatabases({ control, limiter }: AdminUserServiceDependencies, user: UserRecord): Promise<UserRateLimits['databases']> {
  const databases = (await control.databases.owner(user.id))?.databases ?? [];
  const limited = limitedUser(user);
  const standings: UserRateLimits['databases'] = [];
  for (const name of countedByDatabase) {
    for (let start = 0; start < databases.length; start += databasesPerLook) {
      const some = databases.slice(start, start + databasesPerLook);
      // One after the other: a user may have very many.
      const found = await limiter?.look(name, some.map(({ id }) => databaseSubject(user.id, id)), limited) ?? [];
      some.forEach((entry, index) => {
        const standing = found[index];
        if (standing !== undefined) standings.push({ database_id: entry.id, name: entry.name, remaining: standing.remaining, reset_seconds: standing.resetSeconds });
      });
    }
  }
  return standings;
}

/** Counts the user's uses under other keys from now on, so that it does not matter where they are counted, and whether that answers. */
async function resetRateLimits({ control, clock, authenticator }: AdminUserServiceDependencies, actor: Actor, userId: string): Promise<void> {
  await control.transaction(async (stores) => {
    if (!(await stores.users.change(userId, { resetsRateLimits: true }))) throw new ApiError('USER_NOT_FOUND');
    await stores.audit.record({ action: 'user.rate_limits_reset', origin: originOf(actor), userId, subject: { kind: 'user', id: userId }, at: clock.now(), details: {} });
  });
  authenticator.forgetUser(userId);
}

async function databaseOf(control: Pick<ControlStores, 'databases'>, databaseId: string): Promise<OwnedDatabase> {
  const database = await control.databases.findById(databaseId);
  if (database === undefined) throw new ApiError('DATABASE_NOT_FOUND', { database_id: databaseId });
  return database;
}

/** Builds the service. */
export function createAdminUserService(dependencies: AdminUserServiceDependencies): AdminUserService {
  const { control, limiter } = dependencies;
  return {
    list: async ({ limit, cursor, search, plan, role, disabled }) => {
      const { items, next } = await control.users.list({
        limit, after: cursor ?? null, ...(search === undefined ? {} : { search }), ...(plan === undefined ? {} : { plan }), ...(role === undefined ? {} : { role }),
        ...(disabled === undefined ? {} : { isDisabled: disabled }),
      });
      return { items: items.map(presentUser), next_cursor: next };
    },
    get: async (userId) => presentUser(await found(control, userId)),
    update: (actor, userId, input) => update(dependencies, actor, userId, input),
    rateLimits: async (userId) => {
      const user = await found(control, userId);
      return { rate_limits: await rateLimitStandings(limiter, user), databases: await standingsOfDatabases(dependencies, user) };
    },
    resetRateLimits: (actor, userId) => resetRateLimits(dependencies, actor, userId),
    databases: async (query) => {
      const { database_id: databaseId, user_id: userId, cluster_id: clusterId, status, environment, quota_level: quotaLevel } = query;
      const { items, next } = await control.users.databases({
        limit: query.limit, after: query.cursor ?? null, ...(databaseId === undefined ? {} : { databaseId }), ...(userId === undefined ? {} : { userId }),
        ...(clusterId === undefined ? {} : { clusterId }), ...(status === undefined ? {} : { status }), ...(environment === undefined ? {} : { environment }),
        ...(quotaLevel === undefined ? {} : { quotaLevel }),
      });
      return { items: items.map(presentOwned), next_cursor: next };
    },
    updateDatabase: (actor, databaseId, input) => answering(control.operations, databaseId, async () => {
      const { userId } = await databaseOf(control, databaseId);
      const change = { ...(input.quota_mb === undefined ? {} : { quota_mb: input.quota_mb }), ...(input.connection_budget === undefined ? {} : { connection_budget: input.connection_budget }) };
      await updateDatabase(dependencies, { userId, databaseId, origin: originOf(actor), change, makeDefault: false, isByOperator: true });
      return presentOwned(await databaseOf(control, databaseId));
    }),
  };
}
