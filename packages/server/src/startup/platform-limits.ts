// Limits that the platform's settings give everybody who has none of their own.
import type { Configuration } from '../config/settings.js';
import type { LimitValues } from '../domain/limits.js';

export function platformLimitsOf({ connectionBudget }: Pick<Configuration, 'connectionBudget'>): LimitValues {
  return { connection_budget: connectionBudget === 0 ? 'unlimited' : connectionBudget };
}
