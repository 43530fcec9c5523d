// A line of the log and an observation for every answered request. Addresses are logged as the route's pattern: ids are found
// by the request id, and query strings may hold confirm tokens.
import fastifyPlugin from 'fastify-plugin';
import type { Logger } from '../../telemetry/logger.js';
import type { Metrics } from '../../telemetry/metrics.js';

export interface RequestTelemetryOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export const requestTelemetryPlugin = fastifyPlugin((server, { logger, metrics }: RequestTelemetryOptions, done) => {
  server.addHook('onResponse', (request, reply, next) => {
    const route = request.is404 ? 'unrouted' : (request.routeOptions.url ?? 'unrouted');
    const status = reply.statusCode;
    metrics.observe('freehold_http_request_duration_seconds', { method: request.method, route, status }, reply.elapsedTime / 1000);
    const isPlainRead = (request.method === 'GET' || request.method === 'HEAD') && status < 400;
    if (!isPlainRead || logger.writes('debug')) {
      logger.event(isPlainRead ? 'http.read' : 'http.answered', {
        method: request.method, route, status, duration_ms: Math.round(reply.elapsedTime * 100) / 100, request_id: request.id,
        user_id: request.principal?.userId ?? null, remote_address: request.ip,
      });
    }
    next();
  });
  done();
});
