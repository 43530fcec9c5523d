// The contract of errors: every code that a route declares is provoked, and what a route answers it has declared (the fixture fails
// at its end where not). Codes of requests are provoked by requests; codes of use cases by a use case that refuses with them, since what makes it
// refuse is shown beside the services.
import { ApiError, errorCatalogue, errorsOf, routeList, type ErrorCode, type Route } from '@freehold/api';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TransientFailure } from '../ports/failures.js';
import { startHttpPlatform, testPassword, type HttpPlatform } from '../testing/http-platform.fixture.js';
import type { HttpDependencies } from './dependencies.js';

let platform: HttpPlatform;
let refusing: FastifyInstance;
let refusal: Error;
let operator: string;
let narrow: string;
let disabled: string;

const useCases = [
  'databases', 'moves', 'usage', 'bulk', 'apps', 'clusters', 'legacyMigrations', 'reconcile', 'eventFeed', 'webhooks', 'notifications', 'auditTrail', 'operations', 'accounts',
  'plans', 'userLimits', 'adminUsers', 'tokens', 'metrics',
] as const satisfies readonly (keyof HttpDependencies)[];

/** A use case, whichever it is, that does nothing but refuse. */
const refuser: unknown = new Proxy({}, { get: (_, name) => (name === 'observe' || name === 'increment' ? () => undefined : () => Promise.reject(refusal)) });

/** What goes with a request where an empty body is not enough. */
const bodies: Readonly<Record<string, object>> = {
  'authentication.signUp': { email: 'declared@example.org', password: testPassword, name: 'Declared' },
  'authentication.signIn': { email: 'declared@example.org', password: testPassword },
  'tokens.create': { name: 'declared' },
  'databases.create': { name: 'declared' },
  'databases.update': { name: 'declared' },
  'databases.bulk': { action: 'restore', database_ids: ['ab12cd34'] },
  'databases.migrate': { target_database_id: 'cd34ab12' },
  'apps.create': { name: 'declared' },
  'apps.update': { name: 'declared' },
  'clusters.register': { name: 'Declared', uri: 'mongodb://root:secret@127.0.0.1:1/' },
  'clusters.update': { name: 'Declared' },
  'plans.create': { name: 'declared' },
  'admin.createUser': { email: 'other@example.org', password: testPassword, name: 'Other', role: 'user' },
  'admin.moveDatabase': { cluster_id: 'second' },
  'plans.update': { description: 'Declared' },
  'admin.updateUser': { plan: 'absent' },
  'admin.updateDatabase': { quota_mb: 5 },
  'legacyMigrations.start': { mode: 'plan' },
  'notifications.update': { email: { event_types: [] } },
  'webhooks.update': { enabled: false },
  'webhooks.create': { url: 'https://example.org/hook' },
  'webhooks.replay': { since: '2026-01-01T00:00:00Z' },
};

const urlOf = ({ path }: Route, id = 'ab12cd34'): string => path.replace(/\{\w+\}/gu, id);

function send(server: FastifyInstance, route: Route, changes: InjectOptions = {}, token: string | null = operator): Promise<LightMyRequestResponse> {
  return server.inject({
    method: route.method, url: urlOf(route), ...(route.method === 'GET' ? {} : { payload: bodies[route.name] ?? {} }), ...changes,
    headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...changes.headers },
  });
}

type Case = (route: Route) => Promise<LightMyRequestResponse>;

/** A request whose use case refuses with the code. */
const refusedWith = (code: ErrorCode): Case => (route) => {
  refusal = new ApiError(code);
  return send(refusing, route, route.name === 'health.metrics' ? { remoteAddress: '127.0.0.1' } : {});
};

const withBody = (contentType: string, payload: string): Case => (route) => send(platform.server, route, { headers: { 'content-type': contentType }, payload });

/** How the codes come about that a request deserves by itself. */
const ofRequests: Partial<Record<ErrorCode, Case>> = {
  VALIDATION_FAILED: (route) => send(platform.server, route, { url: `${urlOf(route)}?not_a_field=1` }),
  UNAUTHENTICATED: (route) => send(platform.server, route, { remoteAddress: '198.51.100.1' }, null),
  FORBIDDEN: (route) => send(platform.server, route, { remoteAddress: '198.51.100.1' }, narrow),
  ACCOUNT_DISABLED: (route) => send(platform.server, route, { remoteAddress: '198.51.100.1' }, disabled),
  MALFORMED_JSON: withBody('application/json', '{"'),
  PAYLOAD_TOO_LARGE: withBody('application/json', JSON.stringify({ name: 'x'.repeat(20_000) })),
  UNSUPPORTED_MEDIA_TYPE: withBody('text/plain', 'text'),
  IDEMPOTENCY_KEY_REUSED: async (route) => {
    const headers = { 'idempotency-key': `key of ${route.name}`.replaceAll(' ', '-') };
    // The first keeps the key: it has an answer for good.
    const first = routeList.find(({ name }) => name === (route.auth === 'public' ? 'authentication.signUp' : 'databases.restore'))!;
    const email = `${route.name}@example.org`.toLowerCase();
    await send(platform.server, first, { headers, ...(route.auth === 'public' ? { payload: { ...bodies[first.name], email } } : {}) }, route.auth === 'public' ? null : operator);
    return send(platform.server, route, { headers, url: urlOf(route, 'cd34ab12') }, route.auth === 'public' ? null : operator);
  },
  INTERNAL_ERROR: (route) => {
    refusal = new Error('a mistake');
    return send(refusing, route, { remoteAddress: '127.0.0.1' });
  },
  SERVICE_UNAVAILABLE: (route) => {
    refusal = new TransientFailure('AWAY', 'the control database is away');
    return send(refusing, route, { remoteAddress: '127.0.0.1' });
  },
};

const absent = (code: ErrorCode): Case => (route) => (code === route.notFound && route.path.includes('{') ? send(platform.server, route, { url: urlOf(route, '%24ne') }) : refusedWith(code)(route));

/** These do nothing that could fail. */
const infallible: ReadonlySet<string> = new Set(['health.live INTERNAL_ERROR', 'health.live SERVICE_UNAVAILABLE', 'health.live RATE_LIMITED', 'health.ready INTERNAL_ERROR', 'health.ready SERVICE_UNAVAILABLE', 'health.ready RATE_LIMITED']);

beforeAll(async () => {
  platform = await startHttpPlatform();
  refusing = await platform.replica(Object.fromEntries(useCases.map((name) => [name, refuser])));
  operator = await platform.newOperator();
  const user = await platform.newUser();
  ({ token: narrow } = await user.client.tokens.create({ name: 'narrow', scopes: ['databases:read'], expires_in_days: 1 }));
  const gone = await platform.newUser();
  disabled = gone.token;
  const answer = await platform.send({ method: 'PATCH', url: `/api/admin/users/${gone.id}`, token: operator, payload: { disabled: true } });
  expect(answer.statusCode).toBe(200);
});
afterAll(() => platform.stop());

describe.each(routeList.map((route) => [route.name, route] as const))('%s', (_, route) => {
  const codes = errorsOf(route).filter((code) => !infallible.has(`${route.name} ${code}`));

  it.each(codes)('answers %s in the one form', async (code) => {
    // The token has the scope, and signing in takes a password instead.
    const isOfUseCase = (code === 'FORBIDDEN' && route.scope === 'databases:read') || (code === 'ACCOUNT_DISABLED' && route.name === 'authentication.signIn');
    const provoke = isOfUseCase ? refusedWith(code) : ofRequests[code] ?? absent(code);
    const response = await provoke(route);
    const { error } = response.json<{ error: { code: string; message: string; details: object } }>();
    expect([response.statusCode, error.code]).toEqual([errorCatalogue[code].status, code]);
    expect(error).toEqual({ code, message: expect.any(String), details: expect.any(Object) });
    expect(response.headers['x-request-id']).toBeDefined();
  });
});
