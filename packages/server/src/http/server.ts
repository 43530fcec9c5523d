// HTTP: the plugins, the routes of the table, the API's own description, and the dashboard. It only registers.
import fastify, { type FastifyInstance } from 'fastify';
import { defaultHttpLimits, type HttpDependencies } from './dependencies.js';
import { createEventStreams } from './event-stream.js';
import { authenticationPlugin } from './plugins/authentication.js';
import { registerDashboard } from './plugins/dashboard.js';
import { asApiError, errorsPlugin, sendError } from './plugins/errors.js';
import { idempotencyPlugin } from './plugins/idempotency.js';
import { registerJsonBodies } from './plugins/json-bodies.js';
import { rateLimitsPlugin } from './plugins/rate-limits.js';
import { registerReferencePage } from './plugins/reference-page.js';
import { requestIdOf, requestIdPlugin } from './plugins/request-id.js';
import { requestTelemetryPlugin } from './plugins/request-telemetry.js';
import { requestTracingPlugin } from './plugins/request-tracing.js';
import { securityHeaders, securityHeadersPlugin } from './plugins/security-headers.js';
import { unusedConnectionsPlugin } from './plugins/unused-connections.js';
import { registerRoutes } from './routes/index.js';

/** Builds the server; `listen` and `close` are the caller's. */
export async function buildHttpServer(dependencies: HttpDependencies): Promise<FastifyInstance> {
  const limits = { ...defaultHttpLimits, ...dependencies.limits };
  const { logger, metrics, authenticator, identifiers } = dependencies;
  const server = fastify({
    logger: false,
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    genReqId: (request) => requestIdOf(request, identifiers),
    trustProxy: dependencies.trustedProxies === undefined ? false : [...dependencies.trustedProxies],
    routerOptions: { maxParamLength: 512 },
    // An address that cannot be decoded is answered before any hook runs.
    frameworkErrors: (error, request, reply) => {
      void reply.headers({ ...securityHeaders, 'x-request-id': request.id });
      sendError(request, reply, asApiError(error, limits.bodyBytes));
    },
    // On shutdown: running requests end, idle connections close at once.
    forceCloseConnections: 'idle',
  });

  await server.register(unusedConnectionsPlugin);
  await server.register(requestIdPlugin);
  if (dependencies.tracing !== undefined) await server.register(requestTracingPlugin, { tracing: dependencies.tracing });
  await server.register(securityHeadersPlugin);
  await server.register(requestTelemetryPlugin, { logger, metrics });
  await server.register(errorsPlugin, { logger, bodyBytes: limits.bodyBytes });
  await server.register(authenticationPlugin, { authenticator });
  await server.register(idempotencyPlugin, { ...dependencies, waitMs: limits.idempotencyWaitMs, leaseMs: limits.idempotencyLeaseMs });
  await server.register(rateLimitsPlugin, { rateLimiter: dependencies.rateLimiter, logger });
  registerJsonBodies(server);
  const eventStreams = createEventStreams({ authenticator, logger, limits: limits.eventStreams });
  // A stream has no end of its own: it must not hold up a stop.
  server.addHook('preClose', async () => eventStreams.close());
  registerRoutes(server, { ...dependencies, eventStreams, readinessTimeoutMs: limits.readinessTimeoutMs });
  registerReferencePage(server, dependencies.version);
  await registerDashboard(server, dependencies.dashboardDirectory);
  return server;
}
