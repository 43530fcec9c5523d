// What a user may still have (R5.3).
import type { DatabaseEntry } from './database-entry.js';

export type QuotaDecision =
  | { readonly kind: 'within' }
  | { readonly kind: 'exceeded'; readonly quota: 'total_size' | 'promised_size' | 'database_count'; readonly limit: number; readonly used: number };

/** A quota does not allow what was asked for. */
export class QuotaExceeded extends Error {
  override readonly name = 'QuotaExceeded';

  constructor(readonly decision: Exclude<QuotaDecision, { readonly kind: 'within' }>) {
    super(`the quota ${decision.quota} is exceeded`);
  }
}

export interface UserQuotas {
  readonly totalQuotaMb: number | null;
  readonly largestDatabaseCount: number;
}

/**
 * Whether a user may have one more database: fewer than the largest count, less data than their total quota, and, where
 * quotas are promised to single databases, the promises do not add up to more than the total.
 */
export function decideCreation(databases: readonly DatabaseEntry[], quotaMb: number | null, quotas: UserQuotas): QuotaDecision {
  if (databases.length >= quotas.largestDatabaseCount) {
    return { kind: 'exceeded', quota: 'database_count', limit: quotas.largestDatabaseCount, used: databases.length };
  }
  return decideSize(databases, quotaMb, quotas.totalQuotaMb);
}

/** The same for a changed quota of one database; `others` are the user's other databases. */
export function decideSize(others: readonly DatabaseEntry[], quotaMb: number | null, totalQuotaMb: number | null): QuotaDecision {
  if (totalQuotaMb === null) return { kind: 'within' };
  const usedMb = others.reduce((sum, entry) => sum + entry.current_size_mb, 0);
  if (usedMb >= totalQuotaMb) return { kind: 'exceeded', quota: 'total_size', limit: totalQuotaMb, used: usedMb };
  const promisedMb = others.reduce((sum, entry) => sum + (entry.quota_mb ?? 0), 0) + (quotaMb ?? 0);
  if (promisedMb > totalQuotaMb) return { kind: 'exceeded', quota: 'promised_size', limit: totalQuotaMb, used: promisedMb };
  return { kind: 'within' };
}
