// The contract of errors: every code that a route declares is provoked by what causes it, through the whole stack, and what a route
// answers it has declared (the fixture fails at its end where not). What cannot be caused is not declared.
import { bulkActions, bulkItemErrors, errorCatalogue, errorsOf, routeList, takesIdempotencyKey, type BulkAnswer, type ErrorCode, type Route } from '@freehold/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routeNamed, startDeclaredWorld, type CallOptions, type DeclaredWorld } from '../testing/declared-world.fixture.js';
import { databaseCauses, type Cause } from './declared-causes.fixture.js';
import { itemCauses, type ItemCause } from './declared-item-causes.fixture.js';
import { otherCauses } from './declared-other-causes.fixture.js';

let world: DeclaredWorld;
beforeAll(async () => {
  world = await startDeclaredWorld();
}, 60_000);
afterAll(() => world.stop());

const elsewhere = { remoteAddress: '198.51.100.1' };
const withBody = (contentType: string, payload: string): Cause => ({ call }, route) => call(route, { inject: { headers: { 'content-type': contentType }, payload } });
/** Without a credential where none is needed. */
const anybody = (route: Route, options: CallOptions): CallOptions => (route.auth === 'public' ? { ...options, token: null } : options);

/** The metrics are open to the machine itself; from elsewhere they ask who calls. */
function through(kind: 'away' | 'powerless'): Cause {
  return (_, route) => (route.name === 'health.metrics' ? world.call(route, { server: world.forgetful[kind], inject: elsewhere }) : world.call(route, anybody(route, { server: world[kind] })));
}

/** While the first request with the key has not been answered, since nothing answers it. */
const whileFirstRuns: Cause = async (_, route) => {
  const key = `first of ${route.name}`.replaceAll(' ', '-');
  const keys = world.platform.plane.connection.db.collection('idempotency_keys');
  const before = await keys.countDocuments();
  const options = anybody(route, { inject: { headers: { 'idempotency-key': key } } });
  // Ends when the world does.
  world.call(route, { ...options, server: world.stalled }).catch(() => undefined);
  await expect.poll(() => keys.countDocuments(), { interval: 5 }).toBe(before + 1);
  return world.call(route, options);
};

/** What goes wrong with any request, whatever it asks for. */
const ofRequests: Partial<Record<ErrorCode, Cause>> = {
  VALIDATION_FAILED: ({ call }, route) => call(route, { query: '?not_a_field=1' }),
  UNAUTHENTICATED: ({ call }, route) => call(route, { token: null, inject: elsewhere }),
  FORBIDDEN: ({ call, narrow, unfit }, route) => call(route, { token: route.scope === 'databases:read' ? unfit : narrow, inject: elsewhere }),
  ACCOUNT_DISABLED: ({ call, disabled }, route) => call(route, { token: disabled.token, inject: elsewhere }),
  MALFORMED_JSON: withBody('application/json', '{"'),
  PAYLOAD_TOO_LARGE: withBody('application/json', JSON.stringify({ name: 'x'.repeat(20_000) })),
  UNSUPPORTED_MEDIA_TYPE: withBody('text/plain', 'text'),
  IDEMPOTENCY_KEY_REUSED: async ({ call }, route) => {
    const options = anybody(route, { inject: { headers: { 'idempotency-key': `key-of-${route.name}` } } });
    // Another call, which has its answer for good.
    const first = routeNamed(route.auth === 'public' ? 'authentication.signUp' : 'databases.restore');
    await call(first, { ...options, ...(route.auth === 'public' ? { payload: { email: `${route.name}@example.org`.toLowerCase(), password: 'correct horse battery', name: 'First' } } : {}) });
    return call(route, { ...options, id: 'cd34ab12' });
  },
  IDEMPOTENCY_IN_PROGRESS: whileFirstRuns,
  RATE_LIMITED: async ({ call, limited }, route) => {
    // One call is allowed with a credential, one account from an address, and one wrong password.
    const options = anybody(route, { server: limited, ...(route.name === 'authentication.signIn' ? { payload: { email: 'nobody@example.org', password: 'wrong password' } } : {}) });
    await call(route.auth === 'public' ? route : routeNamed('authentication.me'), options);
    return call(route, options);
  },
  INTERNAL_ERROR: through('powerless'),
  SERVICE_UNAVAILABLE: through('away'),
};

const ofUseCases: Readonly<Record<string, Partial<Record<ErrorCode, Cause>>>> = { ...databaseCauses, ...otherCauses };
const isAbsence = (route: Route, code: ErrorCode): boolean => code === route.notFound && route.path.includes('{');

function causeOf(route: Route, code: ErrorCode): Cause | undefined {
  const absent: Cause | undefined = isAbsence(route, code) ? ({ call }) => call(route) : undefined;
  return ofUseCases[route.name]?.[code] ?? ofRequests[code] ?? absent;
}

describe.each(routeList.map((route) => [route.name, route] as const))('%s', (_, route) => {
  it.each(errorsOf(route))('answers %s in the one form', async (code) => {
    const response = await causeOf(route, code)!(world, route);
    const { error } = response.json<{ error: { code: string; message: string; details: object } }>();
    expect([response.statusCode, error.code]).toEqual([errorCatalogue[code].status, code]);
    expect(error).toEqual({ code, message: expect.any(String), details: expect.any(Object) });
    expect(response.headers['x-request-id']).toBeDefined();
  }, 20_000);
});

describe.each(bulkActions.filter((each) => bulkItemErrors[each].length > 0))('single results of %s', (action) => {
  it.each(bulkItemErrors[action].map((code) => [code]))('can be %s, as the catalogue words it', async (code) => {
    const causes: Readonly<Partial<Record<ErrorCode, ItemCause>>> = itemCauses[action];
    const response = await causes[code]!(world);
    const { results } = response.json<BulkAnswer>();
    expect([response.statusCode, results.at(-1)]).toEqual([200, { database_id: expect.any(String), status: 'failed', error: { code, message: expect.any(String), details: expect.any(Object) } }]);
  }, 20_000);
});

describe('the causes', () => {
  it('are of codes that are declared', () => {
    const undeclared = Object.entries(ofUseCases).flatMap(([name, causes]) => Object.keys(causes).filter((code) => !errorsOf(routeNamed(name)).includes(code as ErrorCode)).map((code) => `${name} ${code}`));
    expect(undeclared).toEqual([]);
    expect(routeList.filter((route) => takesIdempotencyKey(route)).length).toBeGreaterThan(30);
  });
});
