import { describe, expect, it } from 'vitest';
import { errorCatalogue } from './errors.js';
import { errorsOf } from './route.js';
import { routeList, routes } from './routes.js';

const fieldsOf = (schema: unknown): string[] => Object.keys((schema as { shape?: object }).shape ?? {});

describe('the route table', () => {
  it('names each route after its place in the table', () => {
    for (const [group, verbs] of Object.entries(routes)) {
      for (const [verb, route] of Object.entries(verbs)) expect(route.name).toBe(`${group}.${verb}`);
    }
  });

  it('has no two routes of the same method and path', () => {
    const keys = routeList.map((route) => `${route.method} ${route.path.replace(/\{\w+\}/gu, '{}')}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it.each(routeList.map((route) => [route.name, route] as const))('%s takes each field in one place only', (_, route) => {
    const fields = [...fieldsOf(route.params), ...fieldsOf(route.query), ...fieldsOf(route.body)];
    expect(new Set(fields).size).toBe(fields.length);
  });

  it.each(routeList.map((route) => [route.name, route] as const))('%s declares the parameters of its path', (_, route) => {
    const inPath = [...route.path.matchAll(/\{(\w+)\}/gu)].map((match) => match[1]);
    expect(fieldsOf(route.params)).toEqual(inPath);
  });

  it('asks for a scope wherever it asks for a user, signing out aside', () => {
    const without = routeList.filter((route) => route.auth !== 'public' && route.scope === null).map((route) => route.name);
    expect(without).toEqual(['authentication.signOut']);
  });

  it('is open to strangers only where it must be', () => {
    expect(routeList.filter((route) => route.auth === 'public').map((route) => route.name)).toEqual([
      'authentication.signUp', 'authentication.signIn', 'health.live', 'health.ready', 'health.metrics',
    ]);
  });

  it('answers a malformed id with a code of status 404', () => {
    for (const route of routeList) expect(errorCatalogue[route.notFound].status).toBe(404);
  });

  it('knows which errors come with every call of a kind', () => {
    expect(errorsOf(routes.databases.create)).toEqual(expect.arrayContaining(['UNAUTHENTICATED', 'IDEMPOTENCY_KEY_REUSED', 'PAYLOAD_TOO_LARGE']));
    expect(errorsOf(routes.health.live)).not.toContain('UNAUTHENTICATED');
  });
});
