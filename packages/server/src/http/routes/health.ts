// For whatever watches over the platform: liveness, readiness, metrics.
import { timingSafeEqual } from 'node:crypto';
import { routes, type Readiness } from '@freehold/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '../../ports/clock.js';
import { secretHash } from '../../services/accounts-credentials.js';
import { NotReady, type ReadinessProbe } from '../../ports/readiness.js';
import type { HttpDependencies } from '../dependencies.js';
import { authenticate, authorize, bearerOf } from '../plugins/authentication.js';
import { handle } from '../route-call.js';

type HealthDependencies = Pick<HttpDependencies, 'readinessProbes' | 'metrics' | 'metricsToken' | 'authenticator' | 'clock'> & { readonly readinessTimeoutMs: number };

export function registerHealthRoutes(server: FastifyInstance, dependencies: HealthDependencies): void {
  const { readinessProbes, metrics, clock, readinessTimeoutMs } = dependencies;
  handle(server, routes.health.live, () => Promise.resolve({ status: 200, body: { status: 'ok' } }));
  handle(server, routes.health.ready, async () => {
    const absent = (await Promise.all(readinessProbes.map((probe) => whatIsMissing(probe, clock, readinessTimeoutMs)))).flat();
    const [missing, degraded] = [true, false].map((isRequired) => absent.filter((probe) => probe.isRequired === isRequired).map(({ name, reason }) => ({ name, reason }))) as [Missing, Missing];
    return missing.length === 0 ? { status: 200, body: { status: 'ready', missing, degraded } } : { status: 503, body: { status: 'not_ready', missing, degraded } };
  });
  handle(server, routes.health.metrics, async ({ request, reply }) => {
    await allowMetrics(dependencies, request);
    const { contentType, text } = await metrics.expose();
    void reply.type(contentType);
    return { status: 200, body: text };
  });
}

/** In words of ours: the reasons of a driver may name hosts, and this answer is open to everybody. */
type Missing = Readiness['missing'];

async function whatIsMissing(probe: ReadinessProbe, clock: Clock, timeoutMs: number): Promise<readonly (Missing[number] & { readonly isRequired: boolean })[]> {
  const controller = new AbortController();
  const tooLate = clock.sleep(timeoutMs, controller.signal).then(() => 'does not answer in time');
  const outcome = probe.check().then(() => undefined, (error: unknown) => (error instanceof NotReady ? error.message : 'does not answer'));
  const reason = await Promise.race([outcome, tooLate]);
  controller.abort();
  return reason === undefined ? [] : [{ name: probe.name, reason, isRequired: probe.isRequired ?? true }];
}

const loopback: ReadonlySet<string> = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/** The machine itself, whoever has the metrics token, and operators. A proxy on this machine speaks for somebody else. */
async function allowMetrics({ metricsToken, authenticator }: HealthDependencies, request: FastifyRequest): Promise<void> {
  const isForwarded = request.headers['x-forwarded-for'] !== undefined || request.headers['forwarded'] !== undefined;
  if (loopback.has(request.ip) && !isForwarded) return;
  const presented = bearerOf(request);
  if (presented !== undefined && metricsToken !== undefined && isSame(presented, metricsToken)) return;
  authorize(await authenticate(authenticator, request), { auth: 'operator', scope: 'admin' });
}

/** Compares hashes, so that neither content nor length shows in the time it takes. */
function isSame(left: string, right: string): boolean {
  return timingSafeEqual(Buffer.from(secretHash(left)), Buffer.from(secretHash(right)));
}
