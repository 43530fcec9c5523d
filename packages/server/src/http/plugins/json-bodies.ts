// Bodies are JSON, and nothing else. An empty one is none, whatever its content type says: many clients set it always.
import { ApiError } from '@freehold/api';
import type { FastifyInstance } from 'fastify';

/** Replaces Fastify's parsers; `__proto__` and `constructor.prototype` in a body are refused, not dropped. */
export function registerJsonBodies(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(/^application\/(?:[\w.+-]+\+)?json(?:\s*;|$)/u, { parseAs: 'string' }, (request, body, done) => {
    if (body === '') {
      done(null, undefined);
      return;
    }
    void parse(request, body as string, (error, value) => done(error === null ? null : new ApiError('MALFORMED_JSON'), value));
  });
}
