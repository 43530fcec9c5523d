import { describe, expect, it } from 'vitest';
import { rateLimitNames } from '../domain/rate-limits.js';
import { loadConfiguration } from './load-configuration.js';
import { rateLimitsSetting } from './rate-limits.js';

const read = (value: string) => loadConfiguration({ environment: { FREEHOLD_RATE_LIMITS: value } }).rateLimits;

describe('FREEHOLD_RATE_LIMITS', () => {
  it.each([
    ['off', 'off'],
    [' OFF ', 'off'],
    ['{}', {}],
    ['{"database_creation": {"limit": 20}}', { database_creation: { limit: 20 } }],
    ['{"database_creation": {"limit": 20, "window_seconds": 60}, "sign_ups": "off"}', { database_creation: { limit: 20, windowSeconds: 60 }, sign_ups: null }],
  ])('takes %s', (value, expected) => {
    expect(read(value)).toEqual(expected);
  });

  it('leaves the defaults alone where it is unset', () => {
    expect(read('')).toBeUndefined();
  });

  it.each([
    ['what is no JSON', 'five', /it is no JSON object/u],
    ['a list', '[]', /it is no JSON object/u],
    ['null', 'null', /it is no JSON object/u],
    ['an unknown name', '{"creation": {"limit": 5}}', new RegExp(`no rule 'creation'; the rules are ${rateLimitNames.join(', ')}`, 'u')],
    ['a name of every object', '{"constructor": {"limit": 5}}', /no rule 'constructor'/u],
    ['a limit of nothing', '{"database_creation": {"limit": 0}}', /'database_creation' must be/u],
    ['a limit that is no whole number', '{"database_creation": {"limit": 1.5}}', /'database_creation' must be/u],
    ['an unknown field', '{"database_creation": {"max": 5}}', /'database_creation' must be/u],
    ['a window of more than a month', '{"database_creation": {"window_seconds": 9000000}}', /'database_creation' must be/u],
  ])('refuses %s', (_case, value, message) => {
    expect(() => read(value)).toThrow(message);
  });

  it('may be the object itself in a configuration file', () => {
    expect(rateLimitsSetting.parse({ database_deletion: { limit: 2 } })).toEqual({ database_deletion: { limit: 2 } });
  });
});
