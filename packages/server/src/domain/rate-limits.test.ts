import { routeList } from '@freehold/api';
import { describe, expect, it } from 'vitest';
import { limitInForce, parseStoredOverrides, rateLimitEntries, rateLimitNames, rotationRuleOf } from './rate-limits.js';

describe('the table of rate limits', () => {
  it.each(rateLimitEntries())('%s names calls that exist', (_name, { calls }) => {
    const known = routeList.map(({ name }) => name);
    for (const call of Array.isArray(calls) ? calls : []) expect(known).toContain(call);
  });

  it('limits each call by one rule of its own at most; a rotation by that of its mode', () => {
    const named = rateLimitEntries().flatMap(([name, { calls }]) => (Array.isArray(calls) && name !== 'immediate_rotation' ? calls : []));
    expect(new Set(named).size).toBe(named.length);
    expect([{}, { grace_seconds: 60 }, { mode: 'graceful' }, { mode: 'immediate' }, { grace_seconds: 0 }].map((rotation) => rotationRuleOf(rotation as Parameters<typeof rotationRuleOf>[0])))
      .toEqual(['credential_rotation', 'credential_rotation', 'credential_rotation', 'immediate_rotation', 'immediate_rotation']);
  });

  it.each([
    ['database_creation', 5, 60 * 60],
    ['credential_rotation', 3, 24 * 60 * 60],
    ['database_deletion', 1, 60 * 60],
  ] as const)('has the limit of %s that the platform promises: %i in %i seconds (R2.3)', (name, limit, windowSeconds) => {
    expect(limitInForce(name, {}, {})).toEqual({ limit, windowSeconds });
  });
});

describe('the limit in force', () => {
  it.each([
    ['the table', {}, {}, { limit: 5, windowSeconds: 3600 }],
    ["the platform's setting", { limit: 10 }, {}, { limit: 10, windowSeconds: 3600 }],
    ["the user's own", { limit: 10, windowSeconds: 60 }, { limit: 20 }, { limit: 20, windowSeconds: 60 }],
    ['none where the platform has it off', null, {}, undefined],
    ['none where it is off for the user', { limit: 10 }, null, undefined],
    ["the user's own where the platform has it off", null, { limit: 20 }, { limit: 20, windowSeconds: 3600 }],
  ])('is %s', (_case, platform, user, expected) => {
    const override = (value: object | null) => (value !== null && Object.keys(value).length === 0 ? {} : { database_creation: value });
    expect(limitInForce('database_creation', override(platform), override(user))).toEqual(expected);
  });

  it('of one rule is not changed by another', () => {
    expect(limitInForce('database_creation', { database_deletion: null }, { sign_ups: { limit: 1 } })).toEqual({ limit: 5, windowSeconds: 3600 });
  });
});

describe("a user's own limits as they are stored", () => {
  it.each([
    ['nothing', undefined, {}],
    ['something else', 'off', {}],
    ['limits', { database_creation: { limit: 7 }, requests: 'off' }, { database_creation: { limit: 7 }, requests: null }],
    ['a window', { database_deletion: { window_seconds: 60 } }, { database_deletion: { windowSeconds: 60 } }],
    ['a slip in one of two', { database_creation: { limit: 'seven' }, sign_ups: { limit: 3 } }, { sign_ups: { limit: 3 } }],
    ['a rule that is not known', { creation: { limit: 7 } }, {}],
  ])('are read from %s', (_case, stored, expected) => {
    expect(parseStoredOverrides(stored)).toEqual(expected);
  });

  it('never come from elsewhere than the table', () => {
    expect(rateLimitNames).not.toContain('__proto__');
    expect(parseStoredOverrides(JSON.parse('{"__proto__": {"limit": 1}, "toString": {"limit": 1}}'))).toEqual({});
  });
});
