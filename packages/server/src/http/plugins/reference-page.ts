// The API described by itself: the OpenAPI document, and a page to read it with. The page takes everything from this server.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { readFileSync } from 'node:fs';
import { openApiDocument } from '@freehold/api';
import type { FastifyInstance } from 'fastify';
import { pageHeaders } from './security-headers.js';

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Freehold API</title>
    <link rel="icon" href="data:," />
  </head>
  <body>
    <div id="reference"></div>
    <script src="/api/docs/reader.js"></script>
    <script src="/api/docs/start.js"></script>
  </body>
</html>
`;

/** No fonts, proxies, or telemetry of others: the page works without the Internet. */
const configuration = { url: '/api/openapi.json', withDefaultFonts: false, telemetry: false, hideClientButton: true, showDeveloperTools: 'never', agent: { disabled: true } };
const start = `Scalar.createApiReference('#reference', ${JSON.stringify(configuration)});\n`;

const anHour = 'public, max-age=3600';

function readReader(): Buffer {
  const entry = createRequire(import.meta.url).resolve('@scalar/fastify-api-reference');
  return readFileSync(join(dirname(entry), 'js', 'standalone.js'));
}

/** Registers the document and the page; both are open to everybody, as the route table is no secret. */
export function registerReferencePage(server: FastifyInstance, version: string): void {
  // Made when somebody asks: most processes never serve them, and starts need not wait for them.
  let document: string | undefined;
  let reader: Buffer | undefined;
  const config = { isPublic: true } as const;
  server.get('/api/openapi.json', { config }, async (_request, reply) => {
    void reply.type('application/json; charset=utf-8').header('cache-control', 'no-cache').serializer(String);
    document ??= JSON.stringify(openApiDocument(version));
    return document;
  });
  server.get('/api/docs', { config }, async (_request, reply) => reply.headers(pageHeaders).type('text/html; charset=utf-8').send(page));
  server.get('/api/docs/start.js', { config }, async (_request, reply) => reply.header('cache-control', anHour).type('text/javascript; charset=utf-8').send(start));
  server.get('/api/docs/reader.js', { config }, async (_request, reply) => {
    reader ??= readReader();
    return reply.header('cache-control', anHour).type('text/javascript; charset=utf-8').send(reader);
  });
}
