// Every request has an id, the caller's or our own; it is in the answer, in the log, and in whatever the request starts.
import type { IncomingMessage } from 'node:http';
import fastifyPlugin from 'fastify-plugin';
import type { Identifiers } from '../../ports/identifiers.js';

const accepted = /^[A-Za-z0-9._:-]{1,128}$/u;

/** The caller's id where it is one that is safe to repeat, a new one where not. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>, identifiers: Pick<Identifiers, 'uuid'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && accepted.test(given) ? given : identifiers.uuid();
}

export const requestIdPlugin = fastifyPlugin((server, _options, done) => {
  server.addHook('onRequest', (request, reply, next) => {
    void reply.header('x-request-id', request.id);
    next();
  });
  done();
});
