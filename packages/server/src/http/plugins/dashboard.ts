// The dashboard's files, and its start page for every address that a browser asks for as a page and that is not the API's.
import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendError, unroutedError } from './errors.js';
import { pageHeaders } from './security-headers.js';

const ownPaths = /^\/(api|healthz|readyz|metrics)(\/|\?|$)/u;

function wantsPage(request: FastifyRequest): boolean {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  return isRead && !ownPaths.test(request.url) && (request.headers.accept ?? '').includes('text/html');
}

/** Registers the files, and what is answered where there is no route. */
export async function registerDashboard(server: FastifyInstance, directory: string | undefined): Promise<void> {
  const hasDashboard = directory !== undefined && existsSync(join(directory, 'index.html'));
  const answerUnrouted = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (hasDashboard && wantsPage(request)) return reply.headers(pageHeaders).sendFile('index.html');
    return sendError(request, reply, unroutedError(request, reply));
  };
  server.setNotFoundHandler(answerUnrouted);
  if (!hasDashboard) return;

  await server.register(async (files) => {
    // The files are the same for everybody; what they show comes from the API.
    files.addHook('onRoute', (route) => {
      route.config = { ...route.config, isPublic: true };
    });
    await files.register(fastifyStatic, {
      root: directory,
      cacheControl: false,
      // One route per file of the build: everything else is "not found" and may be a page of the dashboard.
      wildcard: false,
      setHeaders: (response, path) => {
        const isPage = path.endsWith('.html');
        // File names under assets/ change with their content.
        const caching = path.includes(`${sep}assets${sep}`) ? 'public, max-age=31536000, immutable' : 'no-cache';
        for (const [name, value] of Object.entries(isPage ? pageHeaders : { 'cache-control': caching })) response.setHeader(name, value);
      },
    });
  });
}
