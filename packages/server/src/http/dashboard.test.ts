import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerDashboard } from './plugins/dashboard.js';
import { securityHeadersPlugin } from './plugins/security-headers.js';

let folder: string;
let server: FastifyInstance;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'freehold-dashboard-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Freehold</title>');
  await writeFile(join(folder, 'assets', 'main-abc.js'), 'export {};');
  server = fastify();
  await server.register(securityHeadersPlugin);
  await registerDashboard(server, folder);
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const page = { accept: 'text/html,application/xhtml+xml' };

describe('the dashboard', () => {
  it.each(['/', '/databases/ab12cd34', '/sign-in?next=/apps'])('answers %s with its start page, under a policy of its own', async (url) => {
    const response = await server.inject({ method: 'GET', url, headers: page });
    expect([response.statusCode, response.body]).toEqual([200, '<!doctype html><title>Freehold</title>']);
    expect(response.headers['content-security-policy']).toContain("script-src 'self'");
    expect(response.headers['cache-control']).toBe('no-cache');
  });

  it('lets browsers keep files that never change', async () => {
    const response = await server.inject({ method: 'GET', url: '/assets/main-abc.js' });
    expect([response.statusCode, response.headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable']);
  });

  it.each([
    ['the API', { method: 'GET', url: '/api/nothing', headers: page }],
    ['a missing file', { method: 'GET', url: '/assets/missing.js' }],
    ['a file outside its folder', { method: 'GET', url: '/../package.json' }],
    ['a form', { method: 'POST', url: '/databases', headers: page }],
  ] as const)('stays out of %s', async (_, request) => {
    const response = await server.inject(request);
    expect([response.statusCode, response.json().error.code]).toEqual([404, 'NOT_FOUND']);
  });
});
