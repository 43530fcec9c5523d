import { describe, expect, it } from 'vitest';
import { clientPool, connectionBudgetOf } from './connection-budget.js';
import { noUserLimits, type UserLimits } from './limits.js';

const onPlan = (budget: number | 'unlimited'): UserLimits => ({ plan: { name: 'small', limits: { connection_budget: budget } }, overrides: {} });
const platform = { connection_budget: 100 };

describe('the connection budget of a database', () => {
  it.each([
    ['its own, before all others', { connection_budget: 7 }, onPlan(20), 7],
    ['that of its owner’s plan, where it has none', { connection_budget: null }, onPlan(20), 20],
    ['the platform’s, where nobody says otherwise', {}, noUserLimits, 100],
    ['none, where the plan says so', {}, onPlan('unlimited'), null],
    ['none, where its own is 0', { connection_budget: 0 }, onPlan(20), null],
  ] as const)('is %s', (_name, entry, limits, budget) => {
    expect(connectionBudgetOf(entry, limits, platform)).toBe(budget);
  });

  it.each([[100, 1, 100], [100, 3, 33], [2, 5, 1], [100, 0, 100]])('of %i is shared by %i instances as %i each', (budget, instances, maxPoolSize) => {
    expect(clientPool('a1b2c3d4', budget, instances)).toEqual({ appName: 'freehold-a1b2c3d4', maxPoolSize });
  });

  it('leaves the size of pools to drivers where there is none', () => {
    expect(clientPool('a1b2c3d4', null, 3)).toEqual({ appName: 'freehold-a1b2c3d4' });
  });
});
