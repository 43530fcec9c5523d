// What is audited: how each change is made from outside, and what it changes.
import type { Client } from '@freehold/api';
import type { Document } from 'mongodb';
import type { AuditAction } from '../ports/audit.js';
import { testPassword, type HttpPlatform } from '../testing/http-platform.fixture.js';

export interface AuditedWorld {
  readonly platform: HttpPlatform;
  readonly operator: string;
  /** Of a cluster that can be registered. */
  readonly secondUri: string;
}

interface User {
  readonly id: string;
  readonly email: string;
  readonly token: string;
  readonly client: Client;
}

type Preparation = (world: AuditedWorld, user: User) => Promise<string>;

interface Change {
  readonly action: AuditAction;
  /** The status while the trace cannot be written; absent: 500. */
  readonly refusal?: number;
  /** What has to be there before; its id. */
  readonly prepare?: Preparation;
  readonly make: (world: AuditedWorld, user: User, id: string) => Promise<{ readonly statusCode: number }>;
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

const byNobody = (url: string, payload: (user: User) => object): Change['make'] => ({ platform }, user) => platform.send({ method: 'POST', url, payload: payload(user) });
const by = (who: 'user' | 'operator', method: Method, url: string | ((id: string, user: User) => string), payload?: object): Change['make'] => (world, user, id) =>
  world.platform.send({
    method, url: typeof url === 'string' ? url : url(id, user), token: who === 'user' ? user.token : world.operator,
    ...(payload === undefined ? {} : { payload }),
  });

const spec = { command: ['true'] };
const newToken: Preparation = async (_, { client }) => (await client.tokens.create({ name: 'one' })).id;
const newApp = async (_: AuditedWorld, { client }: User): Promise<string> => (await client.apps.create({ name: 'web', deployer: 'process', spec })).id;
const newDatabase = async (_: AuditedWorld, { client }: User): Promise<string> => (await client.databases.create({ name: 'main' })).id;
const newDeployableApp: Preparation = async (world, user) => {
  await newDatabase(world, user);
  return newApp(world, user);
};

const ofAccounts: Readonly<Record<string, Change>> = {
  'signing up': { action: 'account.created', make: byNobody('/api/auth/sign-up/email', () => ({ email: 'new@example.org', password: testPassword, name: 'New' })) },
  'making an account for somebody': { action: 'account.created', make: by('operator', 'POST', '/api/admin/users', { email: 'made@example.org', password: testPassword, name: 'Made', role: 'user' }) },
  'signing in': { action: 'account.signed_in', make: byNobody('/api/auth/sign-in/email', ({ email }) => ({ email, password: testPassword })) },
  'signing out': { action: 'account.signed_out', make: by('user', 'POST', '/api/auth/sign-out') },
  'choosing what is mailed': { action: 'account.notifications_changed', make: by('user', 'PATCH', '/api/notifications', { email: { event_types: [] } }) },
  'making a token': { action: 'token.created', make: by('user', 'POST', '/api/tokens', { name: 'new' }) },
  'revoking a token': { action: 'token.revoked', prepare: newToken, make: by('user', 'DELETE', (id) => `/api/tokens/${id}`) },
  'changing a user': { action: 'user.updated', make: by('operator', 'PATCH', (_, { id }) => `/api/admin/users/${id}`, { overrides: { max_apps: 3 } }) },
  'giving rate limits back': { action: 'user.rate_limits_reset', make: by('operator', 'DELETE', (_, { id }) => `/api/admin/users/${id}/rate-limits`) },
};

const ofApps: Readonly<Record<string, Change>> = {
  'making an app': { action: 'app.created', make: by('user', 'POST', '/api/apps', { name: 'web' }) },
  'changing an app': { action: 'app.updated', prepare: newApp, make: by('user', 'PATCH', (id) => `/api/apps/${id}`, { name: 'other' }) },
  'deleting an app': { action: 'app.deleted', prepare: newApp, make: by('user', 'DELETE', (id) => `/api/apps/${id}`) },
  'deploying an app': { action: 'app.deployed', prepare: newDeployableApp, make: by('user', 'POST', (id) => `/api/apps/${id}/deploy`) },
};

/** Hands out a confirm token for a database, in the query of the deletion. */
const newDeletion: Preparation = async (world, user) => {
  const id = await newDatabase(world, user);
  const { confirm_token } = (await user.client.databases.delete({ id })) as { readonly confirm_token: string };
  return `${id}?confirm_token=${confirm_token}`;
};
const newDeleted: Preparation = async (world, user) => {
  const deletion = await newDeletion(world, user);
  const [id, confirm_token] = deletion.split('?confirm_token=') as [string, string];
  await user.client.databases.delete({ id, confirm_token });
  return id;
};

const ofDatabases: Readonly<Record<string, Change>> = {
  'making a database': { action: 'database.created', make: by('user', 'POST', '/api/databases', { name: 'new' }) },
  'changing a database': { action: 'database.updated', prepare: newDatabase, make: by('user', 'PATCH', (id) => `/api/databases/${id}`, { description: 'changed' }) },
  'setting quotas of several': { action: 'database.updated', prepare: newDatabase, refusal: 200, make: (world, user, id) => by('user', 'POST', '/api/databases/bulk', { action: 'set_quota', database_ids: [id], params: { quota_mb: 5 } })(world, user, id) },
  'reading a URI': { action: 'database.connection_read', prepare: newDatabase, make: by('user', 'GET', (id) => `/api/databases/${id}/connection`) },
  'asking for a deletion': { action: 'database.deletion_requested', prepare: newDatabase, make: by('user', 'DELETE', (id) => `/api/databases/${id}`) },
  'restoring a database': { action: 'database.restored', prepare: newDeleted, make: by('user', 'POST', (id) => `/api/databases/${id}/restore`) },
};

/** What cannot be taken back half way: it ends later, with its trace. */
export const lastingChanges: Readonly<Record<string, Change>> = {
  'rotating credentials': { action: 'database.credentials_rotated', prepare: newDatabase, make: by('user', 'POST', (id) => `/api/databases/${id}/rotate-credentials`) },
  'deleting a database': { action: 'database.deleted', prepare: newDeletion, make: by('user', 'DELETE', (deletion) => `/api/databases/${deletion}`) },
};

const newWebhook = async (_: AuditedWorld, { client }: User): Promise<string> => (await client.webhooks.create({ url: 'http://127.0.0.1:1/hook' })).id;
/** Something that was sent, as the path of its replay. */
const newDelivery: Preparation = async (world, user) => {
  const id = await newWebhook(world, user);
  const { clock, plane } = world.platform;
  await plane.connection.control.deliveries.add([{ channel: 'webhook', userId: user.id, webhookId: id, eventId: user.id, eventType: 'database.created' }], clock.now());
  return `${id}/deliveries/${user.id}-${id}`;
};

const ofWebhooks: Readonly<Record<string, Change>> = {
  'making a webhook': { action: 'webhook.created', make: by('user', 'POST', '/api/webhooks', { url: 'http://127.0.0.1:1/hook' }) },
  'changing a webhook': { action: 'webhook.updated', prepare: newWebhook, make: by('user', 'PATCH', (id) => `/api/webhooks/${id}`, { description: 'other' }) },
  'removing a webhook': { action: 'webhook.removed', prepare: newWebhook, make: by('user', 'DELETE', (id) => `/api/webhooks/${id}`) },
  'rotating a secret': { action: 'webhook.secret_rotated', prepare: newWebhook, make: by('user', 'POST', (id) => `/api/webhooks/${id}/rotate-secret`) },
  'sending again': { action: 'webhook.replayed', prepare: newDelivery, make: by('user', 'POST', (path) => `/api/webhooks/${path}/replay`) },
  'sending all again': { action: 'webhook.replayed', prepare: newWebhook, make: by('user', 'POST', (id) => `/api/webhooks/${id}/replay`, { since: '2026-01-01T00:00:00Z' }) },
};

const newPlan: Preparation = async (_, { id }) => id;
const madePlan: Preparation = async ({ platform, operator }, { id }) => {
  await platform.send({ method: 'POST', url: '/api/admin/plans', token: operator, payload: { name: `plan-${id}` } });
  return id;
};

const legacy = '/api/admin/legacy-migrations';
const legacyRun = (isPaused: boolean): Preparation => async ({ platform, operator }) => {
  const { id } = (await platform.send({ method: 'POST', url: legacy, token: operator, payload: { mode: 'plan' } })).json<{ readonly id: string }>();
  if (isPaused) await platform.send({ method: 'POST', url: `${legacy}/${id}/pause`, token: operator });
  return id;
};

const ofOperators: Readonly<Record<string, Change>> = {
  'making a plan': { action: 'plan.created', prepare: newPlan, make: (world, user, id) => by('operator', 'POST', '/api/admin/plans', { name: `plan-${id}` })(world, user, id) },
  'changing a plan': { action: 'plan.updated', prepare: madePlan, make: by('operator', 'PATCH', (id) => `/api/admin/plans/plan-${id}`, { description: 'other' }) },
  'deleting a plan': { action: 'plan.deleted', prepare: madePlan, make: by('operator', 'DELETE', (id) => `/api/admin/plans/plan-${id}`) },
  'registering a cluster': { action: 'cluster.registered', make: (world, user, id) => by('operator', 'POST', '/api/admin/clusters', { id: 'second', name: 'second', uri: world.secondUri })(world, user, id) },
  'changing a cluster': { action: 'cluster.updated', make: by('operator', 'PATCH', '/api/admin/clusters/second', { name: 'other' }) },
  'removing a cluster': { action: 'cluster.removed', make: by('operator', 'DELETE', '/api/admin/clusters/second') },
  'starting the reconciler': { action: 'reconcile.started', make: by('operator', 'POST', '/api/admin/reconcile', { dry_run: true }) },
  'starting a legacy run': { action: 'legacy.run_started', make: by('operator', 'POST', legacy, { mode: 'plan' }) },
  'rolling a legacy run back': { action: 'legacy.run_started', prepare: legacyRun(true), make: by('operator', 'POST', (id) => `${legacy}/${id}/rollback`, {}) },
  'pausing a legacy run': { action: 'legacy.run_paused', prepare: legacyRun(false), make: by('operator', 'POST', (id) => `${legacy}/${id}/pause`) },
  'resuming a legacy run': { action: 'legacy.run_resumed', prepare: legacyRun(true), make: by('operator', 'POST', (id) => `${legacy}/${id}/resume`) },
};

export const changes: Readonly<Record<string, Change>> = { ...ofAccounts, ...ofApps, ...ofDatabases, ...ofWebhooks, ...ofOperators };

/** What the platform does by itself, or at the end of what takes long: written in the transaction that ends an operation, or a step of a job. */
export const actionsOfThePlatform: readonly AuditAction[] = [
  'account.mail_undeliverable', 'account.sign_in_failed', 'database.moved', 'database.moved_back', 'database.move_ended', 'database.previous_credential_revoked', 'database.purged',
  'database.quota_exceeded', 'database.quota_met', 'database.repaired', 'database.resumed', 'database.rotation_aborted', 'database.suspended', 'legacy.user_migrated',
  'legacy.user_rolled_back', 'webhook.disabled',
];

/** What these changes change. That an operation has failed is told, and stays. */
export async function stateOf(platform: HttpPlatform): Promise<Document> {
  const { db } = platform.plane.connection;
  const collections = ['users', 'sessions', 'api_tokens', 'notifications', 'events', 'confirm_tokens', 'webhooks', 'deliveries', 'plans', 'clusters', 'reconcile_runs', 'legacy_migrations'] as const;
  const documents = await Promise.all(collections.map((name) => db.collection(name).find({ type: { $ne: 'operation.failed' } }, { projection: { counted: 0 } }).sort({ _id: 1 }).toArray()));
  return {
    ...Object.fromEntries(collections.map((name, at) => [name, documents[at]])),
    // An app that is being deployed says so before its deployer begins.
    apps: await db.collection('apps').find({}, { projection: { name: 1, last_deployed_at: 1 } }).sort({ _id: 1 }).toArray(),
  };
}
