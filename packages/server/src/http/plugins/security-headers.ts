// Headers that tell browsers what not to do with our answers.
import fastifyPlugin from 'fastify-plugin';

/** On every answer. Pages bring their own content security policy. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  // Answers belong to whoever asked; files of the dashboard say otherwise themselves.
  'cache-control': 'no-store',
};

const pagePolicy = [
  "default-src 'none'", "script-src 'self'", "connect-src 'self'", "img-src 'self' data: blob:", "font-src 'self' data:",
  // Both pages' component libraries write style elements.
  "style-src 'self' 'unsafe-inline'",
  "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'", "manifest-src 'self'", "worker-src 'self' blob:",
].join('; ');

/** For HTML pages of ours: everything comes from this origin. */
export const pageHeaders: Readonly<Record<string, string>> = { 'content-security-policy': pagePolicy, 'cache-control': 'no-cache' };

/** A year, for requests that came over TLS. */
const strictTransport = 'max-age=31536000; includeSubDomains';

export const securityHeadersPlugin = fastifyPlugin((server, _options, done) => {
  server.addHook('onRequest', (request, reply, next) => {
    void reply.headers(securityHeaders);
    if (request.protocol === 'https') void reply.header('strict-transport-security', strictTransport);
    next();
  });
  done();
});
