// A span for each request, below the caller's own where it names one (`traceparent`). Addresses are the route's pattern: query strings may
// hold confirm tokens, and bodies passwords.
import fastifyPlugin from 'fastify-plugin';
import type { Span, Tracing } from '../../ports/tracing.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Null: tracing is off. */
    traceSpan: Span<'request'> | null;
  }
}

/** Not registered while tracing is off. */
export const requestTracingPlugin = fastifyPlugin((server, { tracing }: { readonly tracing: Tracing }, done) => {
  server.decorateRequest('traceSpan', null);
  server.addHook('onRequest', (request, _reply, next) => {
    const route = request.is404 ? 'unrouted' : (request.routeOptions.url ?? 'unrouted');
    const caller = request.headers['traceparent'];
    request.traceSpan = tracing.start('request', `${request.method} ${route}`, {
      'http.request.method': request.method, 'http.route': route, 'freehold.request_id': request.id,
    }, typeof caller === 'string' ? caller : undefined);
    request.traceSpan.within(next);
  });
  // Reading a body ends in the socket's context.
  server.addHook('preValidation', (request, _reply, next) => {
    if (request.traceSpan === null) next();
    else request.traceSpan.within(next);
  });
  server.addHook('onResponse', (request, reply, next) => {
    const span = request.traceSpan;
    request.traceSpan = null;
    if (span !== null) {
      span.set({ 'http.response.status_code': reply.statusCode, ...(request.principal === null ? {} : { 'freehold.user_id': request.principal.userId }) });
      // The caller's mistakes are no failures of the server's.
      if (reply.statusCode >= 500) span.fail(request.answeredError ?? String(reply.statusCode));
      else if (request.answeredError !== null) span.set({ 'error.type': request.answeredError });
      span.end();
    }
    next();
  });
  done();
});
