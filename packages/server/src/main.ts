// Composition root: the only file that builds everything, in the order in which each part needs the one before, and takes it
// down in the opposite order.
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import type { ControlConnection } from './adapters/mongodb/control-database.js';
import type { RunningTracing } from './adapters/opentelemetry/tracing.js';
import { systemClock } from './adapters/system/clock.js';
import { systemIdentifiers } from './adapters/system/identifiers.js';
import type { Configuration } from './config/settings.js';
import { StartupError } from './config/startup-error.js';
import { Secret } from './domain/secret.js';
import { crashingAt, parseCrashPoint } from './journal/crash-point.js';
import type { RunDependencies } from './journal/operation-run.js';
import type { CreatedOperator } from './startup/accounts.js';
import type { ControlPlaneParts } from './startup/control-plane.js';
import { prepareDataDirectory } from './startup/data-directory.js';
import { startEmbeddedEngine, type EmbeddedEngine } from './startup/embedded-engine.js';
import { openLegacyCiphers } from './startup/legacy-ciphers.js';
import { openKeyring } from './startup/open-keyring.js';
import { platformLimitsOf } from './startup/platform-limits.js';
import { createEventSink } from './telemetry/event-sink.js';
import { createLogger, type Logger } from './telemetry/logger.js';

export interface PlatformOptions {
  /** Folder of the built dashboard; without it there is none. */
  readonly dashboardDirectory?: string;
}

export interface RunningPlatform {
  /** Where the dashboard and the API are. */
  readonly url: string;
  /** Where the engine inside listens, without credentials; undefined with an external MongoDB. */
  readonly engineUri: string | undefined;
  /** The operator account that this first start made. */
  readonly createdOperator: CreatedOperator | undefined;
  /** What an operator should know about this start, a sentence each. */
  readonly notices: readonly string[];
  /** Refuses new requests, lets running ones and running steps end, stops apps and the engine. */
  stop(): Promise<void>;
}

export const version = '0.1.0';

/** What has been started, to be stopped in the opposite order: at the end, or as far as a start came that failed. */
class Teardown {
  private readonly steps: (() => Promise<unknown>)[] = [];
  private hasRun = false;

  /** What is finished only after the start has failed elsewhere is taken down at once. */
  add(step: () => Promise<unknown>): void {
    if (this.hasRun) void step().catch(() => undefined);
    else this.steps.unshift(step);
  }

  async run(): Promise<void> {
    this.hasRun = true;
    // One after the other: each part still needs those before it while it stops.
    for (const step of this.steps.splice(0)) await step();
  }
}

/** Starts the platform. Throws StartupError, which names the remedy; what had been started is stopped again. */
export async function startPlatform(configuration: Configuration, options: PlatformOptions): Promise<RunningPlatform> {
  const teardown = new Teardown();
  try {
    return await start(configuration, options, teardown);
  } catch (error) {
    await teardown.run();
    throw error;
  }
}

/** The greater part of the platform, loaded while the engine starts in its thread. */
async function loadParts() {
  const [http, accounts, controlDatabase, controlPlane, legacySources, limits, rateLimits, readiness, metrics] = await Promise.all([
    import('./http/server.js'), import('./startup/accounts.js'), import('./startup/control-database.js'),
    import('./startup/control-plane.js'), import('./startup/legacy-sources.js'), import('./startup/limits.js'), import('./startup/rate-limits.js'), import('./startup/readiness.js'), import('./telemetry/metrics.js'),
  ]);
  return { ...http, ...accounts, ...controlDatabase, ...controlPlane, ...legacySources, ...limits, ...rateLimits, ...readiness, ...metrics };
}

type Parts = Awaited<ReturnType<typeof loadParts>>;

async function makePlane(parts: Parts, given: Omit<ControlPlaneParts, 'redis' | 'rateLimiter' | 'legacySources'>, teardown: Teardown) {
  const { configuration, connection, events } = given;
  const redis = await parts.openRedisIfConfigured(configuration, events);
  if (redis !== undefined) teardown.add(async () => redis.close());
  const rateLimiter = await parts.buildRateLimiter(configuration, connection.db, redis, events);
  const legacySources = await parts.openLegacySources(configuration);
  teardown.add(() => legacySources.close());
  const plane = await parts.buildControlPlane({ ...given, redis, rateLimiter, legacySources });
  teardown.add(() => plane.stop());
  return { plane, rateLimiter, redis };
}

async function makeAccounts(parts: Parts, connection: ControlConnection, configuration: Configuration) {
  const accounts = await parts.buildAccounts(connection, configuration);
  return { accounts, createdOperator: await parts.ensureOperator(accounts.accounts, configuration) };
}

async function start(configuration: Configuration, options: PlatformOptions, teardown: Teardown): Promise<RunningPlatform> {
  const dataDirectory = prepareDataDirectory(configuration.dataDirectory);
  const { keyring, notices } = await openKeyring(configuration, dataDirectory);
  const legacy = await openLegacyCiphers(configuration, keyring);
  const logger = openLog(configuration, dataDirectory);
  const starting = startEngineIfInside(configuration, dataDirectory, logger);
  const loading = loadParts();
  const embedded = await starting;
  if (embedded !== undefined) teardown.add(() => embedded.engine.stop());
  const parts = await loading;
  const metrics = parts.createMetrics({ withProcessMetrics: true });
  const events = createEventSink(logger, metrics);
  const tracing = await startTracingIfConfigured(configuration, logger);
  if (tracing !== undefined) teardown.add(() => tracing.stop());
  const uri = embedded?.rootUri ?? new Secret(configuration.mongodbUri!);
  const connection = await parts.openControlDatabase(uri, keyring, tracing);
  teardown.add(() => connection.close());

  const [{ plane, rateLimiter, redis }, { accounts, createdOperator }] = await Promise.all([
    makePlane(parts, { configuration, dataDirectory, uri, connection, keyring: legacy.keyring, legacyCiphers: legacy.ciphers, events, metrics, tracing, onStep: stepObserver(process.env) }, teardown),
    makeAccounts(parts, connection, configuration),
  ]);

  const http = await parts.buildHttpServer({
    ...plane, ...accounts, ...parts.buildLimits({ connection, authenticator: accounts.authenticator, rateLimiter, platform: platformLimitsOf(configuration) }), rateLimiter, keyring, clock: systemClock, identifiers: systemIdentifiers, metrics, tracing, logger, version,
    readinessProbes: parts.readinessProbes({ db: connection.db, clusters: connection.control.clusters, keyring, dataDirectory, hasEngine: embedded !== undefined, redis }),
    limits: { idempotencyLeaseMs: configuration.leaseSeconds * 1000 }, metricsToken: configuration.metricsToken, trustedProxies: configuration.trustedProxies,
    ...(options.dashboardDirectory === undefined ? {} : { dashboardDirectory: options.dashboardDirectory }),
  });
  teardown.add(() => http.close());
  // Whoever waits for somebody else's transaction would hold up the stop; what was begun goes on elsewhere, or after the next start.
  teardown.add(() => {
    connection.transactions.stopTryingAgain();
    return Promise.resolve();
  });
  const url = await listen(http, configuration);
  plane.start();
  logger.event('platform.started', { url, version, engine: embedded !== undefined });
  return {
    url, engineUri: embedded?.engine.uri, createdOperator, notices,
    stop: async () => {
      logger.event('platform.stopping');
      await teardown.run();
      logger.event('platform.stopped');
      logger.flush();
    },
  };
}

/** To a file while a person looks at the terminal, else to standard error, where containers and service managers collect it. */
function openLog(configuration: Configuration, dataDirectory: string): Logger {
  const destination = process.stdout.isTTY
    ? pino.destination({ dest: join(dataDirectory, 'freehold.log'), sync: false, mode: 0o600 })
    : pino.destination({ dest: 2, sync: false });
  return createLogger({ level: configuration.logLevel, destination });
}

/** Nothing of OpenTelemetry is loaded while nothing is traced. */
async function startTracingIfConfigured({ otlpUrl: url }: Configuration, logger: Logger): Promise<RunningTracing | undefined> {
  if (url === undefined) return undefined;
  const { startTracing } = await import('./adapters/opentelemetry/tracing.js');
  return startTracing({
    url, version, instance: `${hostname()}:${process.pid}`,
    onDelivery: (error) => (error === undefined ? logger.event('traces.sent') : logger.event('traces.lost', { error })),
  });
}

async function startEngineIfInside(configuration: Configuration, dataDirectory: string, logger: Logger): Promise<EmbeddedEngine | undefined> {
  if (configuration.mongodbUri !== undefined) return undefined;
  return startEmbeddedEngine(configuration, dataDirectory, systemIdentifiers, ({ level, event, fields }) => {
    if (level !== 'debug') logger.event('engine.event', { engine_event: event, engine_level: level, ...fields });
  });
}

/** Tests kill the process at a chosen step of an operation; nothing else sets the variable. */
function stepObserver(environment: NodeJS.ProcessEnv): RunDependencies['onStep'] {
  const crashAt = environment['FREEHOLD_CRASH_AT'];
  if (crashAt === undefined || crashAt === '') return () => undefined;
  return crashingAt(parseCrashPoint(crashAt), () => process.kill(process.pid, 'SIGKILL'));
}

async function listen(http: FastifyInstance, { host, port }: Configuration): Promise<string> {
  try {
    return await http.listen({ host, port });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new StartupError('PORT_TAKEN', `Port ${port} on ${host} is taken by another program.`, 'Stop that program, or choose another port with FREEHOLD_PORT.', { cause: error });
    }
    throw new StartupError('PORT_TAKEN', `The platform cannot listen on ${host}:${port} (${code ?? 'unknown error'}).`, 'Choose another address with FREEHOLD_HOST or another port with FREEHOLD_PORT.', { cause: error });
  }
}
