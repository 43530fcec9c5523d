// A platform in which every code of the API can be provoked by what causes it: a second cluster behind a cable, replicas whose control
// database is away, has stopped answering, or does not let them, users of all kinds.
import { routeList, type Client, type Route } from '@freehold/api';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { ObjectId } from 'mongodb';
import { MongoDeliveryStore } from '../adapters/mongodb/deliveries-store.js';
import { openEventReader } from '../adapters/mongodb/event-outbox-store.js';
import { MongoRateLimitStore } from '../adapters/mongodb/rate-limits-store.js';
import { systemIdentifiers } from '../adapters/system/identifiers.js';
import { createWebhookSender } from '../adapters/webhook-delivery/webhook-sender.js';
import { createAuthenticator } from '../services/accounts-authentication.js';
import { secretHash, sessionSecret } from '../services/accounts-credentials.js';
import type { Actor } from '../services/contracts.js';
import { createWebhookService } from '../services/webhooks.js';
import { createRateLimiter } from '../services/rate-limiter.js';
import { connectControlPlane, type ControlPlane } from './control-plane.fixture.js';
import { startHttpPlatform, testPassword, type HttpPlatform } from './http-platform.fixture.js';
import { newLegacyUser } from './legacy-users.fixture.js';
import { startTestCluster, type TestCluster } from './start-test-cluster.js';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.fixture.js';

export interface TestUser {
  readonly id: string;
  readonly email: string;
  readonly token: string;
  readonly client: Client;
}

export interface CallOptions {
  readonly token?: string | null;
  /** What stands for `{id}` in the path, and for the second parameter. */
  readonly id?: string;
  readonly other?: string;
  readonly query?: string;
  readonly payload?: object;
  readonly server?: FastifyInstance;
  readonly inject?: Partial<InjectOptions>;
}

export interface DeclaredWorld {
  readonly platform: HttpPlatform;
  readonly operator: string;
  /** A token that may read databases alone. */
  readonly narrow: string;
  /** A token that may do little else than that. */
  readonly unfit: string;
  readonly disabled: TestUser;
  /** Its control database does not answer; it remembers who calls. */
  readonly away: FastifyInstance;
  /** Its control database lets it do nothing any more. */
  readonly powerless: FastifyInstance;
  /** The same two, which have to look up who calls. */
  readonly forgetful: Readonly<Record<'away' | 'powerless', FastifyInstance>>;
  /** Sends events to the public internet alone. */
  readonly strict: FastifyInstance;
  /** Its control database takes everything and answers nothing; keys of requests are elsewhere. */
  readonly stalled: FastifyInstance;
  /** Allows nothing more, whoever asks. */
  readonly limited: FastifyInstance;
  /** Where connections go through the cable that has stopped answering. */
  readonly stalledPort: number;
  /** Has databases on the cluster that is away: active ones, one that is deleted, and some whose moves have ended. */
  readonly stranded: TestUser & { readonly activeIds: readonly string[]; readonly deletedId: string; readonly moveIds: readonly string[]; readonly relocationId: string };
  /** Of an earlier platform, with a password that nobody can read. */
  readonly unmigrated: TestUser;
  readonly call: (route: Route, options?: CallOptions) => Promise<LightMyRequestResponse>;
  newUser(): Promise<TestUser>;
  actorOf(user: Pick<TestUser, 'id'>): Actor;
  sessionOf(userId: string): Promise<TestUser>;
  /** Which cluster takes new databases; the other one none. */
  placeOn(clusterId: 'primary' | 'second'): Promise<void>;
  /** Has a process die in the middle of an operation on the database: its lease goes on for a while. */
  dieOn(user: Pick<TestUser, 'id'>, databaseId: string): Promise<void>;
  /** Waits until a move has ended. */
  moved(user: TestUser, operationId: string): Promise<void>;
  stop(): Promise<void>;
}

const absentId = 'ab12cd34';

/** What goes with a request where an empty body is not enough. */
const bodies: Readonly<Record<string, object>> = {
  'authentication.signUp': { email: 'declared@example.org', password: testPassword, name: 'Declared' },
  'authentication.signIn': { email: 'declared@example.org', password: testPassword },
  'tokens.create': { name: 'declared' },
  'databases.create': { name: 'declared' },
  'databases.update': { name: 'declared' },
  'databases.bulk': { action: 'set_quota', database_ids: [absentId], params: { quota_mb: 1 } },
  'databases.migrate': { target_database_id: 'cd34ab12' },
  'apps.create': { name: 'declared' },
  'apps.update': { name: 'declared' },
  'clusters.update': { name: 'Declared' },
  'plans.create': { name: 'declared' },
  'admin.createUser': { email: 'other@example.org', password: testPassword, name: 'Other', role: 'user' },
  'admin.moveDatabase': { cluster_id: 'second' },
  'plans.update': { description: 'Declared' },
  'admin.updateUser': { plan: 'default' },
  'admin.updateDatabase': { quota_mb: 5 },
  'legacyMigrations.start': { mode: 'plan' },
  'notifications.update': { email: { event_types: [] } },
  'webhooks.update': { enabled: false },
  'webhooks.create': { url: 'https://example.org/hook' },
  'webhooks.replay': { since: '2026-01-01T00:00:00Z' },
};

/** The route's path with ids in it. */
function pathOf({ path }: Route, id: string = absentId, other: string = absentId): string {
  let count = 0;
  return path.replace(/\{\w+\}/gu, () => ((count += 1) === 1 ? id : other));
}

export const routeNamed = (name: string): Route => routeList.find((route) => route.name === name)!;

interface Cable {
  readonly proxy: TcpProxy;
  /** Of the cluster, through the cable; what is cut is known soon. */
  readonly uri: string;
}

async function cableTo(testCluster: TestCluster, { credentials, parameters = {} }: { readonly credentials?: { readonly user: string; readonly password: string }; readonly parameters?: Readonly<Record<string, string>> } = {}): Promise<Cable> {
  const url = new URL(testCluster.uri);
  const proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
  url.port = String(proxy.port);
  url.hostname = '127.0.0.1';
  if (credentials !== undefined) [url.username, url.password] = [credentials.user, credentials.password];
  url.searchParams.set('serverSelectionTimeoutMS', '60');
  url.searchParams.set('directConnection', 'true');
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return { proxy, uri: url.href };
}

interface Servers extends Pick<DeclaredWorld, 'away' | 'powerless' | 'forgetful' | 'strict' | 'stalled' | 'limited' | 'stalledPort'> {
  /** Once they have seen the tokens: what they know of who calls, they remember. */
  breakAll(tokens: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

async function buildServers(platform: HttpPlatform): Promise<Servers> {
  const { plane, clock } = platform;
  const { testCluster, connection: { db, client, control } } = plane;
  const weak = { user: `weak_${new ObjectId().toHexString()}`, password: 'weak' };
  await client.db('admin').command({ createUser: weak.user, pwd: weak.password, roles: ['root'] });
  const through = async (cable: Cable) => ({ ...cable, plane: await connectControlPlane({ ...testCluster, uri: cable.uri }, db.databaseName) });
  const cables = { away: await through(await cableTo(testCluster)), powerless: await through(await cableTo(testCluster, { credentials: weak })), stalled: await through(await cableTo(testCluster, { parameters: { connectTimeoutMS: '600000' } })) };
  // Who calls is found out over the connection that works, and remembered.
  const authenticator = createAuthenticator({ ...control, clock, rememberForMs: 60 * 60 * 1000 });
  const serverOf = (of: ControlPlane) => platform.replica({ authenticator, idempotency: platform.dependencies.idempotency }, of);
  const store = new MongoRateLimitStore(db);
  await store.prepare();
  const one = { limit: 1, windowSeconds: 3600 };
  const rateLimiter = createRateLimiter({ store, platform: { requests: one, sign_ups: one, failed_sign_ins: one }, clock, events: { emit: () => undefined } });
  return {
    away: await serverOf(cables.away.plane), powerless: await serverOf(cables.powerless.plane), stalled: await serverOf(cables.stalled.plane),
    forgetful: { away: await platform.replica({}, cables.away.plane), powerless: await platform.replica({}, cables.powerless.plane) }, strict: await strictServer(platform),
    limited: await platform.replica({ rateLimiter }), stalledPort: cables.stalled.proxy.port,
    breakAll: async (tokens) => {
      for (const token of tokens) await authenticator.authenticate(token);
      await cables.away.proxy.cut();
      cables.stalled.proxy.stall();
      await client.db('admin').command({ revokeRolesFromUser: weak.user, roles: ['root'] });
    },
    stop: async () => {
      await Promise.all(Object.values(cables).map(async ({ plane: each, proxy }) => {
        await proxy.cut();
        await each.stop();
      }));
      await client.db('admin').command({ dropUser: weak.user });
    },
  };
}

function strictServer(platform: HttpPlatform): Promise<FastifyInstance> {
  const { connection: { db, control }, keyring } = platform.plane;
  const sender = createWebhookSender({ allowPrivate: false, userAgent: 'test' });
  return platform.replica({ webhooks: createWebhookService({ control, deliveries: new MongoDeliveryStore({ db }), events: openEventReader(db), sender, keyring, identifiers: systemIdentifiers, clock: platform.clock }) });
}

/** Builds it, with everything in place that has to be before the cables are cut. */
export async function startDeclaredWorld(): Promise<DeclaredWorld> {
  const platform = await startHttpPlatform({ limits: { idempotencyWaitMs: 30, bodyBytes: 10_000, eventStreams: { streamsPerUser: 1 } } });
  const [operator, second] = [await platform.newOperator(), await startTestCluster()];
  const { plane } = platform;
  const { control } = plane.connection;
  const [cable, third] = [await cableTo(second), await startTestCluster()];
  for (const [id, uri] of [['second', cable.uri], ['third', third.uri]]) await platform.send({ method: 'POST', url: '/api/admin/clusters', token: operator, payload: { id, name: id, uri } });
  const placeOn: DeclaredWorld['placeOn'] = async (clusterId) => {
    for (const id of ['primary', 'second', 'third']) await control.clusters.change(id, { acceptsNewDatabases: id === clusterId });
  };
  const sessionOf: DeclaredWorld['sessionOf'] = async (userId) => {
    const token = sessionSecret(systemIdentifiers.token()).reveal();
    const now = platform.clock.now();
    await control.sessions.insert(secretHash(token), { userId, createdAt: now, expiresAt: new Date(now.getTime() + 60 * 60 * 1000) });
    return { id: userId, email: '', token, client: platform.clientOf(token) };
  };
  const actorOf: DeclaredWorld['actorOf'] = ({ id }) => ({ userId: id, role: 'user', credential: { kind: 'session', id: 's' }, requestId: 'r', remoteAddress: '192.0.2.1' });
  const moved: DeclaredWorld['moved'] = async ({ client }, id) => {
    for await (const state of client.operations.events({ id })) if (state.state !== 'running') return;
  };

  const servers = await buildServers(platform);
  const stranded = await strandedUser(platform, operator, placeOn, moved);
  const user = await platform.newUser();
  const { token: narrow } = await user.client.tokens.create({ name: 'narrow', scopes: ['databases:read'], expires_in_days: 1 });
  const { token: unfit } = await user.client.tokens.create({ name: 'unfit', scopes: ['account:read'], expires_in_days: 1 });
  const disabled = await platform.newUser();
  await platform.send({ method: 'PATCH', url: `/api/admin/users/${disabled.id}`, token: operator, payload: { disabled: true } });
  const legacy = await newLegacyUser(plane, { fields: { mongo_password_encrypted: 'no ciphertext' } });
  const unmigrated = await sessionOf(legacy.userId);
  await servers.breakAll([operator, narrow]);
  await cable.proxy.cut();

  return {
    platform, operator, narrow, unfit, disabled, ...servers, stranded, unmigrated, placeOn, sessionOf, actorOf, moved,
    newUser: () => platform.newUser(),
    call: (route, { token = operator, id, other, query = '', payload, server = platform.server, inject = {} } = {}) => server.inject({
      method: route.method, url: `${pathOf(route, id, other)}${query}`, ...(route.method === 'GET' ? {} : { payload: payload ?? bodies[route.name] ?? registration(route, servers.stalledPort) }), ...inject,
      headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...inject.headers },
    }),
    dieOn: async (owner, databaseId) => {
      const dying = plane.replica({ owner: 'dying', onStep: () => {
        throw new Error('the process dies');
      } });
      await dying.databases.rotateCredentials(actorOf(owner), databaseId, {}).catch(() => undefined);
    },
    stop: async () => {
      await servers.stop();
      await cable.proxy.stop();
      await platform.stop();
      await Promise.all([second, third].map((cluster) => cluster.stop()));
    },
  };
}

/** To an address that answers nobody, so that the request lasts. */
function registration({ name }: Route, port: number): object {
  return name === 'clusters.register' ? { name: 'Declared', uri: `mongodb://root:secret@127.0.0.1:${port}/?directConnection=true` } : {};
}

async function strandedUser(platform: HttpPlatform, operator: string, placeOn: DeclaredWorld['placeOn'], moved: DeclaredWorld['moved']): Promise<DeclaredWorld['stranded']> {
  const user = await platform.newUser();
  await placeOn('second');
  const create = async (name: string): Promise<string> => (await user.client.databases.create({ name })).id;
  // The first is the default one.
  const [deletedId, activeIds] = [await create('deleted'), [await create('active'), await create('busy soon'), await create('deleted soon')]];
  const { confirm_token } = (await user.client.databases.delete({ id: deletedId })) as { readonly confirm_token: string };
  await user.client.databases.delete({ id: deletedId, confirm_token, new_default_database_id: activeIds[0]! });
  const moveIds: string[] = [];
  for (const name of ['one', 'two']) {
    const { operation_id } = await user.client.databases.migrate({ id: await create(`from ${name}`), target_database_id: await create(`to ${name}`) });
    await moved(user, operation_id);
    moveIds.push(operation_id);
  }
  await placeOn('primary');
  const there = await user.client.databases.create({ name: 'there' });
  await platform.plane.connection.control.clusters.change('second', { acceptsNewDatabases: true });
  const answer = await platform.send({ method: 'POST', url: `/api/admin/databases/${there.id}/move`, token: operator, payload: { cluster_id: 'second' } });
  const { operation_id: relocationId } = answer.json<{ readonly operation_id: string }>();
  await moved(user, relocationId);
  await placeOn('primary');
  return { ...user, relocationId, activeIds, deletedId, moveIds };
}

