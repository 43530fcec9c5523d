// The whole control plane behind HTTP, on a test cluster: what tests of the API drive.
import { createClient, type Client } from '@freehold/api';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { adoptingHasher } from '../adapters/password-hashes/adopting-hasher.js';
import { MongoDeliveryStore } from '../adapters/mongodb/deliveries-store.js';
import { openEventReader } from '../adapters/mongodb/event-outbox-store.js';
import { MongoIdempotencyStore } from '../adapters/mongodb/idempotency-store.js';
import { MongoReconcileRunStore } from '../adapters/mongodb/reconcile-runs-store.js';
import { MongoSignInFailureStore } from '../adapters/mongodb/sign-in-failures-store.js';
import { MemoryStatsCache } from '../adapters/memory/stats-cache.js';
import { MongoUsageHistory } from '../adapters/mongodb/usage-history.js';
import { systemClock } from '../adapters/system/clock.js';
import { systemIdentifiers } from '../adapters/system/identifiers.js';
import { createWebhookSender } from '../adapters/webhook-delivery/webhook-sender.js';
import type { HttpDependencies } from '../http/dependencies.js';
import { buildHttpServer } from '../http/server.js';
import type { Clock } from '../ports/clock.js';
import { tenantUri } from '../credentials/tenant-uri.js';
import { AppDeployments, type AppDeploymentsDependencies } from '../services/app-deployments.js';
import { createAppService } from '../services/apps.js';
import { appsOfAllUsers, createLegacyFirstUse, databasesOfAllUsers } from '../services/legacy-first-use.js';
import { movesOfAllUsers } from '../services/moves.js';
import { legacyReplica } from './legacy-users.fixture.js';
import { notingDeployer, type NotingDeployer } from './noting-deployer.fixture.js';
import { createAuthenticator } from '../services/accounts-authentication.js';
import { createLockout } from '../services/accounts-lockout.js';
import { createAccountService } from '../services/accounts.js';
import { createAuditService } from '../services/audit-trail.js';
import { createBulkService } from '../services/bulk.js';
import { createClusterService } from '../services/clusters.js';
import { createEventFeed } from '../services/event-feed.js';
import { createNotificationService } from '../services/notifications.js';
import { createOperationService } from '../services/operations.js';
import { createReconcileService } from '../services/reconcile.js';
import { createStatsReader } from '../services/stats-reader.js';
import { createTokenService } from '../services/tokens.js';
import { createUsageService } from '../services/usage.js';
import { buildLimits } from '../startup/limits.js';
import { createWebhookService } from '../services/webhooks.js';
import { createLogger } from '../telemetry/logger.js';
import { createMetrics } from '../telemetry/metrics.js';
import { movableClock, startControlPlane, type ControlPlane } from './control-plane.fixture.js';

export interface HttpPlatform {
  readonly server: FastifyInstance;
  readonly plane: ControlPlane;
  readonly dependencies: HttpDependencies;
  readonly clock: Clock & { advance(milliseconds: number): void };
  /** What apps are given to. */
  readonly deployer: NotingDeployer;
  /** Every line of the log so far. */
  readonly logLines: string[];
  /** Another server on the same control database: a second replica. */
  replica(changes?: Partial<HttpDependencies>, on?: ControlPlane): Promise<FastifyInstance>;
  clientOf(token: string): Client;
  /** Sends one request; an object as `payload` goes as JSON. */
  send(options: InjectOptions & { readonly token?: string; readonly idempotencyKey?: string }): Promise<LightMyRequestResponse>;
  /** A new account, signed in. */
  newUser(): Promise<{ readonly token: string; readonly id: string; readonly email: string; readonly client: Client }>;
  newOperator(): Promise<string>;
  stop(): Promise<void>;
}

export const testPassword = 'correct horse battery';

async function buildDependencies(plane: ControlPlane, deployer: NotingDeployer, clock: Clock, logLines: string[]): Promise<HttpDependencies> {
  const { db, control } = plane.connection;
  const failures = new MongoSignInFailureStore(db, () => clock.now());
  const idempotency = new MongoIdempotencyStore(db);
  await Promise.all([failures.prepare(), idempotency.prepare()]);
  const authenticator = createAuthenticator({ ...control, clock });
  const { keyring, clusters } = plane;
  const uriOf: AppDeploymentsDependencies['uriOf'] = (userId, entry, instances) => tenantUri({ clusters, keyring, control, platformLimits: {} }, userId, entry, instances);
  const deployments = new AppDeployments({ stores: control, keyring, clock: systemClock, deployers: new Map([['process', deployer]]), uriOf });
  const { databases: ofMigrated, moves, journal } = plane.replica({ redeployer: deployments });
  const legacy = legacyReplica(plane);
  const firstUse = createLegacyFirstUse(legacy.worker);
  const databases = databasesOfAllUsers(ofMigrated, firstUse);
  const reconcileRuns = new MongoReconcileRunStore(db, plane.connection.client);
  await reconcileRuns.prepare();
  const stats = createStatsReader({ clusters: plane.clusters, cache: new MemoryStatsCache(clock), clock });
  return {
    databases, moves: movesOfAllUsers(moves, firstUse),
    usage: createUsageService({ control, stats, history: new MongoUsageHistory(db), clock, platformLimits: {} }),
    bulk: createBulkService({ databases, control, journal, events: { emit: () => undefined }, limiter: undefined }),
    apps: appsOfAllUsers(createAppService({ control, keyring, deployments, clock: systemClock, identifiers: systemIdentifiers, mayDeploy: () => true }), firstUse),
    clusters: createClusterService({ control, clusters: plane.clusters, connector: plane.directory, keyring: plane.keyring, clock: systemClock, identifiers: systemIdentifiers, events: { emit: () => undefined } }),
    legacyMigrations: legacy.service,
    reconcile: createReconcileService({ control, runs: reconcileRuns, clock: systemClock, identifiers: systemIdentifiers }),
    ...eventServices(plane, clock),
    operations: createOperationService(control.operations, clock),
    accounts: createAccountService({ control, hasher: adoptingHasher, lockout: createLockout(failures), authenticator, identifiers: systemIdentifiers, clock }),
    ...buildLimits({ connection: plane.connection, authenticator, rateLimiter: undefined, platform: {} }),
    tokens: createTokenService({ authenticator, identifiers: systemIdentifiers, control, clock }),
    authenticator, idempotency, keyring: plane.keyring, clock, identifiers: systemIdentifiers,
    readinessProbes: [{ name: 'control database', check: () => plane.connection.ping() }],
    metrics: createMetrics({ withProcessMetrics: false }),
    logger: createLogger({ level: 'debug', destination: { write: (line: string) => void logLines.push(line) } }),
    version: '0.0.0-test',
    limits: { idempotencyWaitMs: 300, bodyBytes: 10_000 },
  };
}

/** Receivers are on this machine here. */
function eventServices(plane: ControlPlane, clock: Clock): Pick<HttpDependencies, 'eventFeed' | 'webhooks' | 'notifications' | 'auditTrail'> {
  const { db, control } = plane.connection;
  const events = openEventReader(db);
  const sender = createWebhookSender({ allowPrivate: true, userAgent: 'test' });
  return {
    eventFeed: createEventFeed(events, clock, 20),
    webhooks: createWebhookService({ control, deliveries: new MongoDeliveryStore({ db }), events, sender, keyring: plane.keyring, identifiers: systemIdentifiers, clock }),
    notifications: createNotificationService({ control, clock, hasMailer: true }),
    auditTrail: createAuditService(control.audit),
  };
}

/** Starts a cluster, a control plane and its HTTP server. */
export async function startHttpPlatform(changes: Partial<HttpDependencies> = {}): Promise<HttpPlatform> {
  const plane = await startControlPlane();
  const clock = movableClock();
  const deployer = notingDeployer();
  const logLines: string[] = [];
  const dependencies = { ...(await buildDependencies(plane, deployer, clock, logLines)), ...changes };
  const server = await buildHttpServer(dependencies);
  const extra: FastifyInstance[] = [];
  let userCount = 0;

  const clientOf = (token: string): Client => createClient({ baseUrl: 'http://test', token, fetch: injecting(server) });
  const send: HttpPlatform['send'] = ({ token, idempotencyKey, ...options }) =>
    server.inject({
      ...options,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }), ...options.headers,
      },
    });

  return {
    server, plane, dependencies, clock, deployer, logLines, send,
    clientOf,
    replica: async (replicaChanges = {}, on = plane) => {
      const replica = await buildHttpServer({ ...dependencies, ...(await buildDependencies(on, deployer, clock, logLines)), ...changes, ...replicaChanges });
      extra.push(replica);
      return replica;
    },
    newUser: async () => {
      userCount += 1;
      const email = `user${userCount}@example.org`;
      const { token, user } = await dependencies.accounts.signUp({ email, password: testPassword, name: `User ${userCount}` }, { requestId: 'test', remoteAddress: '127.0.0.1' });
      return { token, id: user.id, email, client: clientOf(token) };
    },
    newOperator: async () => {
      await dependencies.accounts.ensureOperator({ email: 'operator@example.org', password: testPassword });
      return (await dependencies.accounts.signIn({ email: 'operator@example.org', password: testPassword }, { requestId: 'test', remoteAddress: '127.0.0.1' })).token;
    },
    stop: async () => {
      await Promise.all([server, ...extra].map((each) => each.close()));
      await plane.stop();
      const undeclared = logLines.filter((line) => line.includes('"http.undeclared"'));
      if (undeclared.length > 0) throw new Error(`routes answered with codes that they do not declare:\n${undeclared.join('')}`);
    },
  };
}

/** A `fetch` that needs no socket. */
function injecting(server: FastifyInstance): typeof fetch {
  return async (url, init) => {
    const { pathname, search } = new URL(url);
    const response = await server.inject({
      method: init!.method as 'GET', url: `${pathname}${search}`, headers: init!.headers as Record<string, string>, ...(init!.body === undefined ? {} : { payload: init!.body as string }),
    });
    const hasBody = response.statusCode !== 204;
    return new Response(hasBody ? response.body : null, { status: response.statusCode, headers: response.headers as Record<string, string> });
  };
}
