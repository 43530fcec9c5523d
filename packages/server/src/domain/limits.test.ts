import { describe, expect, it } from 'vitest';
import { effectiveLimit, limitNames, limitRules, noUserLimits, parseStoredLimits, type LimitValues } from './limits.js';

const user = (overrides: LimitValues, plan: LimitValues) => ({ plan: { name: 'large', limits: plan }, overrides });

describe('the limit in force', () => {
  it.each([
    ["the user's own", { max_apps: 3 }, { max_apps: 2 }, { max_apps: 1 }, { limit: 3, source: 'override' }],
    ["the plan's", {}, { max_apps: 2 }, { max_apps: 1 }, { limit: 2, source: 'plan' }],
    ["the platform's setting", {}, {}, { max_apps: 1 }, { limit: 1, source: 'default' }],
    ["the table's", {}, {}, {}, { limit: 1000, source: 'default' }],
    ['none where the user has none', { max_apps: 'unlimited' }, { max_apps: 2 }, {}, { limit: null, source: 'override' }],
    ['none where the plan has none', {}, { max_apps: 'unlimited' }, { max_apps: 1 }, { limit: null, source: 'plan' }],
    ['nothing at all, where that is what the user may have', { max_apps: 0 }, { max_apps: 2 }, {}, { limit: 0, source: 'override' }],
    ['not that of another name', { max_tokens: 5 }, { max_databases: 5 }, {}, { limit: 1000, source: 'default' }],
  ] as const)('is %s', (_what, overrides, plan, platform, expected) => {
    expect(effectiveLimit('max_apps', user(overrides, plan), platform)).toEqual(expected);
  });

  it.each(limitNames)('of %s is the default where nobody says anything', (name) => {
    expect(effectiveLimit(name, noUserLimits)).toEqual({ limit: limitRules[name].defaultValue, source: 'default' });
  });
});

describe('limits as they are stored', () => {
  it.each([
    ['nothing', undefined, {}],
    ['something else', 'unlimited', {}],
    ['limits', { max_apps: 7, max_tokens: 'unlimited' }, { max_apps: 7, max_tokens: 'unlimited' }],
    ['a slip in one of two', { max_apps: 'seven', max_tokens: 3 }, { max_tokens: 3 }],
    ['a limit below nothing', { max_apps: -1 }, {}],
    ['a name that is not known', { apps: 7 }, {}],
  ])('are read from %s', (_what, stored, expected) => {
    expect(parseStoredLimits(stored)).toEqual(expected);
  });
});
