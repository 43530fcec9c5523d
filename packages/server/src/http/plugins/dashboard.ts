// The dashboard's files, and its start page for every address that a browser asks for as a page and that is not the API's.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendError, unroutedError } from './errors.js';
import { pageHeaders } from './security-headers.js';

const ownPaths = /^\/(api|healthz|readyz|metrics)(\/|\?|$)/u;
/** Names under assets/ change with what is in the files. */
const unchanging = 'public, max-age=31536000, immutable';

function wantsPage(request: FastifyRequest): boolean {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  return isRead && !ownPaths.test(request.url) && (request.headers.accept ?? '').includes('text/html');
}

/** Registers the files, and what is answered where there is no route. */
export async function registerDashboard(server: FastifyInstance, directory: string | undefined): Promise<void> {
  const startPagePath = directory === undefined ? undefined : join(directory, 'index.html');
  const startPage = startPagePath !== undefined && existsSync(startPagePath) ? readFileSync(startPagePath) : undefined;
  const sendPage = (reply: FastifyReply, page: Buffer): FastifyReply => reply.headers(pageHeaders).type('text/html; charset=utf-8').send(page);

  server.setNotFoundHandler((request, reply) =>
    startPage !== undefined && wantsPage(request) ? sendPage(reply, startPage) : sendError(request, reply, unroutedError(request, reply)),
  );
  if (directory === undefined || startPage === undefined) return;

  server.get('/', { config: { isPublic: true } }, async (_request, reply) => sendPage(reply, startPage));
  await server.register(async (files) => {
    // The files are the same for everybody; what they show comes from the API.
    files.addHook('onRoute', (route) => {
      route.config = { ...route.config, isPublic: true };
    });
    files.addHook('onRequest', (request, reply, next) => {
      if (request.url.endsWith('.html')) void reply.headers(pageHeaders);
      else void reply.header('cache-control', request.url.startsWith('/assets/') ? unchanging : 'no-cache');
      next();
    });
    // One route per file of the build: everything else has no route, and may be a page of the dashboard.
    await files.register(fastifyStatic, { root: directory, index: false, cacheControl: false, wildcard: false });
  });
}
