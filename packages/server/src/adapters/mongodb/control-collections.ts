// The collections of the control database and their indexes, in one table (R1.5).
import type { Collection, Db, IndexDescription } from 'mongodb';
import { hasCode, mongoCodes } from './failures.js';

interface IndexDeclaration {
  readonly key: Readonly<Record<string, 1 | -1>>;
  readonly options?: Omit<IndexDescription, 'key'>;
}

export const controlCollections = {
  users: 'users',
  sessions: 'sessions',
  tokens: 'api_tokens',
  failedSignIns: 'failed_sign_ins',
  apps: 'apps',
  operations: 'operations',
  confirmTokens: 'confirm_tokens',
  schedule: 'schedule',
  audit: 'audit_events',
  events: 'events',
  eventHeads: 'event_heads',
  webhooks: 'webhooks',
  deliveries: 'deliveries',
  notifications: 'notifications',
  clusters: 'clusters',
  keyChecks: 'key_checks',
  installation: 'installation',
  legacyRuns: 'legacy_migrations',
  legacyPages: 'legacy_migration_pages',
  legacyLog: 'legacy_migration_log',
  plans: 'plans',
  databaseRows: 'database_rows',
  databaseTotals: 'database_totals',
  databaseTexts: 'database_texts',
} as const;

export type ControlCollection = keyof typeof controlCollections;

const controlIndexes: Readonly<Record<ControlCollection, readonly IndexDeclaration[]>> = {
  users: [
    // Sparse: users of an earlier platform may lack the field; they are found by the other until they are migrated.
    { key: { email_lower: 1 }, options: { unique: true, sparse: true } },
    { key: { email: 1 } },
    { key: { role: 1 }, options: { partialFilterExpression: { role: 'operator' } } },
    { key: { default_database_id: 1 } },
    // Unique where present: users without databases share no key (R1.5). Within one user's array the store checks.
    // What a cluster holds, before it may be removed (R1.7).
    { key: { 'databases.cluster_id': 1, _id: 1 } },
    { key: { 'databases.id': 1 }, options: { unique: true, partialFilterExpression: { 'databases.id': { $exists: true } } } },
    // Owners with a quota in total, or for a database, and those whose databases were found at some level, in the order of their ids (R5.3).
    { key: { _id: 1, total_quota_mb: 1 }, options: { partialFilterExpression: { total_quota_mb: { $gte: 0 } } } },
    { key: { _id: 1, 'databases.quota_mb': 1 }, options: { partialFilterExpression: { 'databases.quota_mb': { $gte: 0 } } } },
    // Databases in a state that is worth looking for, and accounts that are disabled, in the same order.
    { key: { 'databases.status': 1, _id: 1 } },
    { key: { _id: 1, disabled_at: 1 }, options: { partialFilterExpression: { disabled_at: { $exists: true } } } },
    { key: { _id: 1, databases_suspended: 1 }, options: { partialFilterExpression: { databases_suspended: true } } },
    { key: { _id: 1, 'databases.is_suspended': 1 }, options: { partialFilterExpression: { 'databases.is_suspended': true } } },
    // Users on a plan, in the order of their ids; those on none are on the default one.
    { key: { plan: 1, _id: 1 }, options: { partialFilterExpression: { plan: { $exists: true } } } },
    { key: { _id: 1, 'databases.quota_level': 1 }, options: { partialFilterExpression: { 'databases.quota_level': { $exists: true } } } },
  ],
  sessions: [{ key: { secret_hash: 1 }, options: { unique: true } }, { key: { user_id: 1 } }, { key: { expires_at: 1 }, options: { expireAfterSeconds: 0 } }],
  // Documents whose `expires_at` is null do not expire.
  tokens: [{ key: { secret_hash: 1 }, options: { unique: true } }, { key: { user_id: 1, _id: -1 } }, { key: { expires_at: 1 }, options: { expireAfterSeconds: 0 } }],
  failedSignIns: [{ key: { tell_at: 1 } }],
  apps: [
    { key: { database_id: 1 } },
    { key: { user_id: 1, database_id: 1 } },
    // Apps of an earlier platform have no `name_key` until their users are migrated.
    { key: { user_id: 1, name_key: 1 }, options: { unique: true, partialFilterExpression: { name_key: { $exists: true } } } },
    { key: { user_id: 1, created_at: 1 } },
  ],
  operations: [
    // One open operation on a database.
    { key: { lock: 1 }, options: { unique: true, sparse: true } },
    { key: { state: 1, 'lease.expires_at': 1 } },
    { key: { database_id: 1, created_at: -1 } },
  ],
  confirmTokens: [{ key: { expires_at: 1 }, options: { expireAfterSeconds: 0 } }],
  schedule: [{ key: { kind: 1, database_id: 1 }, options: { unique: true } }, { key: { run_at: 1 } }],
  // By owner and resource, owner, actor, action, resource, and all: each in the order of time (R5.1). They expire by an index of their own.
  audit: [
    { key: { user_id: 1, 'subject.id': 1, at: -1, _id: -1 } },
    { key: { user_id: 1, at: -1, _id: -1 } },
    { key: { 'origin.actor_user_id': 1, at: -1, _id: -1 } },
    { key: { action: 1, at: -1, _id: -1 } },
    { key: { 'subject.id': 1, at: -1, _id: -1 } },
    { key: { at: -1, _id: -1 } },
  ],
  events: [
    { key: { stream: 1, sequence: 1 }, options: { unique: true } },
    { key: { undispatched_since: 1 }, options: { sparse: true } },
    { key: { at: 1 }, options: { expireAfterSeconds: 30 * 86_400 } },
  ],
  eventHeads: [],
  webhooks: [{ key: { stream: 1, enabled: 1 } }, { key: { user_id: 1, created_at: 1 } }],
  deliveries: [
    { key: { state: 1, next_attempt_at: 1 } },
    { key: { webhook_id: 1, created_at: -1, _id: -1 } },
    { key: { created_at: 1 }, options: { expireAfterSeconds: 30 * 86_400 } },
  ],
  notifications: [],
  // No two clusters of the register share a host.
  clusters: [{ key: { hosts: 1 }, options: { unique: true, partialFilterExpression: { hosts: { $exists: true } } } }],
  keyChecks: [],
  installation: [],
  // One run at a time changes users, whoever begins or resumes another at the same moment.
  legacyRuns: [
    { key: { created_at: -1 } }, { key: { state: 1, created_at: 1 } },
    { key: { state: 1 }, options: { unique: true, partialFilterExpression: { state: 'running', mode: { $in: ['run', 'rollback'] } } } },
  ],
  legacyPages: [{ key: { run_id: 1, is_done: 1, sequence: 1 } }],
  legacyLog: [{ key: { run_id: 1, outcome: 1, _id: 1 } }, { key: { run_id: 1, 'findings.code': 1, _id: 1 } }, { key: { run_id: 1, _id: 1 } }],
  plans: [{ key: { 'limits.total_quota_mb': 1 } }],
  // Each order of a list within each combination of its filters, whose names are `facets` (R6.2). Descending sizes have an index of their
  // own: entries of one size stay in the order of their creation.
  databaseRows: [
    { key: { '_id.user': 1, facets: 1, sequence: 1 } },
    { key: { '_id.user': 1, facets: 1, 'entry.created_at': 1, '_id.id': 1 } },
    { key: { '_id.user': 1, facets: 1, name_key: 1 } },
    { key: { '_id.user': 1, facets: 1, 'entry.current_size_mb': 1, 'entry.created_at': 1, '_id.id': 1 } },
    { key: { '_id.user': 1, facets: 1, 'entry.current_size_mb': -1, 'entry.created_at': 1, '_id.id': 1 } },
  ],
  databaseTotals: [],
  databaseTexts: [],
};

/** Makes every index that is not there; safe on every start and on several replicas at once. */
export async function ensureControlIndexes(db: Db): Promise<void> {
  const declared = Object.entries(controlIndexes) as [ControlCollection, readonly IndexDeclaration[]][];
  await Promise.all(declared.map(async ([name, indexes]) => {
    if (indexes.length > 0) await ensureIndexes(db.collection(controlCollections[name]), indexes.map(({ key, options }) => ({ key, ...options })));
  }));
}

/** Indexes of the table that are not there, as `collection.field_1_other_-1`. */
export async function missingControlIndexes(db: Db): Promise<readonly string[]> {
  const declared = Object.entries(controlIndexes) as [ControlCollection, readonly IndexDeclaration[]][];
  const missing = await Promise.all(declared.map(async ([name, indexes]) => {
    if (indexes.length === 0) return [];
    const present = new Set((await db.collection(controlCollections[name]).indexes().catch(() => [])).map((index) => nameOf(index)));
    return indexes.map((index) => nameOf(index)).filter((index) => !present.has(index)).map((index) => `${controlCollections[name]}.${index}`);
  }));
  return missing.flat();
}

function nameOf({ key }: { readonly key?: unknown }): string {
  return Object.entries(key as Record<string, unknown>).map(([field, direction]) => `${field}_${String(direction)}`).join('_');
}

/** Where an earlier version made an index with other options, it is made anew. */
async function ensureIndexes(collection: Collection, indexes: readonly IndexDescription[]): Promise<void> {
  try {
    await collection.createIndexes([...indexes]);
  } catch (error) {
    if (!hasCode(error, mongoCodes.indexOptionsConflict) && !hasCode(error, mongoCodes.indexKeySpecsConflict)) throw error;
    for (const index of indexes) await ensureIndex(collection, index);
  }
}

async function ensureIndex(collection: Collection, index: IndexDescription): Promise<void> {
  try {
    await collection.createIndexes([index]);
  } catch (error) {
    if (!hasCode(error, mongoCodes.indexOptionsConflict) && !hasCode(error, mongoCodes.indexKeySpecsConflict)) throw error;
    await collection.dropIndex(nameOf(index));
    await collection.createIndexes([index]);
  }
}
