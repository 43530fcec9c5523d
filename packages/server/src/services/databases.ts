// The use cases on databases (`DatabaseService`): what HTTP routes, the CLI and jobs call.
import { ApiError, type Connection, type Database, type ListDatabasesQuery, type Page, type RotateCredentials, type UpdateDatabase } from '@freehold/api';
import { passwordOf, sealPassword } from '../credentials/stored-password.js';
import { tenantUri } from '../credentials/tenant-uri.js';
import { authenticationDatabase } from '../domain/connection-uri.js';
import type { DatabaseListQuery, databaseSortKeys } from '../domain/database-list.js';
import { resolveDefaultDatabase } from '../domain/default-database.js';
import { DatabaseAbsent, DatabaseInWrongStatus } from '../domain/database-status.js';
import { QuotaExceeded } from '../domain/quota.js';
import { rotationModeOf } from '../domain/rate-limits.js';
import type { Secret } from '../domain/secret.js';
import { rotationResultSchema } from '../operations/database-rotate-credentials.js';
import { setQuotas, updateDatabase } from '../operations/database-update.js';
import type { OwnedDatabase } from '../ports/databases.js';
import type { Actor, DatabaseService } from './contracts.js';
import { createDatabase } from './databases-create.js';
import { deleteDatabase, requestDeletion } from './databases-delete.js';
import { answering, asApiError, succeeded } from './databases-errors.js';
import { presentDatabase } from './databases-presentation.js';
import { originOf, type DatabaseServiceDependencies } from './databases-world.js';
import { runForRequest } from './request-operations.js';

type SortKey = (typeof databaseSortKeys)[number];

function toListQuery(query: ListDatabasesQuery): DatabaseListQuery {
  const descending = query.sort.startsWith('-');
  const { is_default: isDefault, status, environment, search } = query;
  return {
    limit: query.limit,
    offset: query.offset,
    sort: { key: (descending ? query.sort.slice(1) : query.sort) as SortKey, descending },
    ...(isDefault === undefined ? {} : { isDefault }),
    ...(status === undefined ? {} : { status }),
    ...(environment === undefined ? {} : { environment }),
    ...(search === undefined ? {} : { search }),
  };
}

/** Builds the service; everything it needs of the world is handed in. */
export function createDatabaseService(dependencies: DatabaseServiceDependencies): DatabaseService {
  const { control } = dependencies;

  const answer = <Result>(actor: Actor, databaseId: string | null, work: () => Promise<Result>): Promise<Result> =>
    answering(control.operations, databaseId, () => tellingOfQuotas(dependencies, actor, databaseId, work));

  async function find(userId: string, databaseId: string): Promise<OwnedDatabase> {
    const database = await control.databases.find(userId, databaseId);
    if (database === undefined) throw new DatabaseAbsent('no such database');
    return database;
  }

  async function show(actor: Actor, databaseId: string): Promise<Database> {
    return presentDatabase(await find(actor.userId, databaseId));
  }

  return {
    create: (actor, input) => answer(actor, null, async () => {
      const databaseId = await createDatabase(dependencies, actor, input);
      const database = await find(actor.userId, databaseId);
      return { database: presentDatabase(database), connectionUri: await tenantUri(dependencies, actor.userId, database.entry) };
    }),
    list: (actor, query) => list(dependencies, actor, query),
    get: (actor, databaseId) => answer(actor, databaseId, () => show(actor, databaseId)),
    update: (actor, databaseId, input) => answer(actor, databaseId, async () => {
      if (input.is_default === false) await refuseNoDefault(dependencies, actor, databaseId);
      await updateDatabase(dependencies, { userId: actor.userId, databaseId, origin: originOf(actor), ...toChange(input) });
      return show(actor, databaseId);
    }),
    setQuotas: (actor, databaseIds, quotaMb) => setDatabaseQuotas(dependencies, actor, databaseIds, quotaMb),
    connection: (actor, databaseId) => answer(actor, databaseId, async () => connection(dependencies, actor, await find(actor.userId, databaseId))),
    rotateCredentials: (actor, databaseId, rotation) => answer(actor, databaseId, () => rotate(dependencies, actor, databaseId, rotation)),
    requestDeletion: (actor, databaseId) => answer(actor, databaseId, () => requestDeletion(dependencies, actor, databaseId)),
    delete: (actor, databaseId, query) => answer(actor, databaseId, async () => {
      await deleteDatabase(dependencies, actor, databaseId, query);
      return show(actor, databaseId);
    }),
    restore: (actor, databaseId) => answer(actor, databaseId, async () => {
      const params = { origin: originOf(actor), found: null };
      succeeded(await runForRequest(dependencies, actor, dependencies.operations['database.restore'], databaseId, params), databaseId);
      return show(actor, databaseId);
    }),
  };
}

async function setDatabaseQuotas(dependencies: DatabaseServiceDependencies, actor: Actor, databaseIds: readonly string[], quotaMb: number | null): Promise<ReadonlyMap<string, ApiError>> {
  const { userId } = actor;
  const refused = await setQuotas(dependencies, { userId, databaseIds, origin: originOf(actor), quotaMb });
  return new Map([...refused].map(([databaseId, refusal]) => {
    if (refusal instanceof QuotaExceeded) dependencies.events.emit({ name: 'quota.exceeded', userId, databaseId, quota: refusal.decision.quota });
    return [databaseId, asApiError(refusal, databaseId) as ApiError];
  }));
}

/** A user with several databases has a default one: it stops being that when another begins to. */
async function refuseNoDefault({ control }: DatabaseServiceDependencies, { userId }: Actor, databaseId: string): Promise<void> {
  const owner = await control.databases.owner(userId);
  const candidates = (owner?.databases ?? []).filter(({ id, status }) => id !== databaseId && status === 'active').map(({ id }) => id);
  const isDefault = owner !== undefined && resolveDefaultDatabase(owner.databases, owner.defaultDatabaseId)?.id === databaseId;
  if (isDefault && candidates.length > 0) throw new ApiError('DEFAULT_DATABASE_REQUIRED', { database_id: databaseId, candidates });
}

/** Counts what a quota refuses. */
async function tellingOfQuotas<Result>({ events }: DatabaseServiceDependencies, { userId }: Actor, databaseId: string | null, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof QuotaExceeded) events.emit({ name: 'quota.exceeded', userId, databaseId, quota: error.decision.quota });
    throw error;
  }
}

async function list({ control }: DatabaseServiceDependencies, actor: Actor, query: ListDatabasesQuery): Promise<Page<Database>> {
  const { items, total } = await control.databases.list(actor.userId, toListQuery(query));
  return { items: items.map(presentDatabase), total, limit: query.limit, offset: query.offset };
}

function toChange({ name, description, environment, quota_mb, is_default }: UpdateDatabase) {
  return {
    change: {
      ...(name === undefined ? {} : { name }),
      ...(description === undefined ? {} : { description }),
      ...(environment === undefined ? {} : { environment }),
      ...(quota_mb === undefined ? {} : { quota_mb }),
    },
    makeDefault: is_default === true,
  };
}

async function connection(dependencies: DatabaseServiceDependencies, actor: Actor, { userId, entry }: OwnedDatabase): Promise<Connection> {
  // While it is being made its URI is not proven yet; after its deletion it does not work.
  if (entry.status !== 'active' && entry.status !== 'migrating') throw new DatabaseInWrongStatus(entry.status);
  const { clusters, keyring, control, clock } = dependencies;
  const cluster = await clusters.cluster(entry.cluster_id);
  const password = passwordOf(keyring, userId, entry);
  const uri = await tenantUri(dependencies, userId, entry);
  // Written before the answer: no URI is read without a trace.
  await control.audit.record({
    action: 'database.connection_read', origin: originOf(actor), userId, subject: { kind: 'database', id: entry.id }, at: clock.now(), details: {},
  });
  return {
    connection_uri: uri.reveal(),
    host: cluster.publicAddress.hosts.join(','),
    database: entry.mongo_database,
    username: entry.mongo_username,
    password: password.reveal(),
    auth_source: authenticationDatabase,
  };
}

interface Rotated {
  readonly connectionUri: Secret;
  readonly previousValidUntil: Date;
}

async function rotate(dependencies: DatabaseServiceDependencies, actor: Actor, databaseId: string, { grace_seconds, mode }: RotateCredentials): Promise<Rotated> {
  const { keyring, identifiers, control } = dependencies;
  const { userId } = actor;
  // No seconds of grace, asked for: the old credential is not wanted a moment longer.
  const decided = { mode: rotationModeOf({ mode, grace_seconds }), grace_seconds: grace_seconds ?? 0 } as const;
  const next_password_encrypted = sealPassword(keyring, userId, databaseId, identifiers.password());
  const params = { origin: originOf(actor), ...decided, next_password_encrypted, found: null };
  const result = rotationResultSchema.parse(succeeded(await runForRequest(dependencies, actor, dependencies.operations['database.rotate_credentials'], databaseId, params), databaseId));
  const database = await control.databases.find(userId, databaseId);
  if (database === undefined) throw new DatabaseAbsent('no such database');
  return { connectionUri: await tenantUri(dependencies, userId, database.entry), previousValidUntil: new Date(result.previous_valid_until) };
}
