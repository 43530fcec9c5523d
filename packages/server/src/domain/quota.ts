// What a user may still have (R5.3).
import type { DatabaseEntry, DatabaseOwner } from './database-entry.js';
import { limitOf, type UserLimits } from './limits.js';

export type QuotaDecision =
  | { readonly kind: 'within' }
  | { readonly kind: 'exceeded'; readonly quota: 'total_size' | 'promised_size' | 'database_size' | 'database_count' | 'largest_quota'; readonly limit: number; readonly used: number };

/** A quota does not allow what was asked for. */
export class QuotaExceeded extends Error {
  override readonly name = 'QuotaExceeded';

  constructor(readonly decision: Exclude<QuotaDecision, { readonly kind: 'within' }>) {
    super(`the quota ${decision.quota} is exceeded`);
  }
}

export interface UserQuotas {
  readonly totalQuotaMb: number | null;
  /** Null: as many as they like. */
  readonly largestDatabaseCount: number | null;
}

/** What an owner may ask for each of their databases; null: no limit, or no quota by default. */
export interface QuotaChoice {
  readonly defaultQuotaMb: number | null;
  readonly largestQuotaMb: number | null;
}

/** What a user's limits say of the quotas of single databases. */
export function quotaChoice(limits: UserLimits): QuotaChoice {
  return { defaultQuotaMb: limitOf('default_quota_mb', limits), largestQuotaMb: limitOf('max_quota_mb', limits) };
}

/** The quota of a database for which this one is asked; null: for which none is. Where quotas have a largest one, a database without a quota is not to be had. */
export function quotaFor(askedMb: number | null, { defaultQuotaMb, largestQuotaMb }: QuotaChoice): number | null {
  if (askedMb !== null) return askedMb;
  if (defaultQuotaMb === null || largestQuotaMb === null) return defaultQuotaMb ?? largestQuotaMb;
  return Math.min(defaultQuotaMb, largestQuotaMb);
}

/** Whether a user may give one of their databases this quota. */
export function decideQuota(quotaMb: number | null, { largestQuotaMb }: QuotaChoice): QuotaDecision {
  if (quotaMb === null || largestQuotaMb === null || quotaMb <= largestQuotaMb) return { kind: 'within' };
  return { kind: 'exceeded', quota: 'largest_quota', limit: largestQuotaMb, used: quotaMb };
}

/**
 * Whether a user may have one more database: fewer than the largest count, less data than their total quota, and what is
 * promised to databases, or held by those without a promise, does not add up to more than the total.
 */
export function decideCreation(databases: readonly DatabaseEntry[], quotaMb: number | null, quotas: UserQuotas): QuotaDecision {
  if (quotas.largestDatabaseCount !== null && databases.length >= quotas.largestDatabaseCount) {
    return { kind: 'exceeded', quota: 'database_count', limit: quotas.largestDatabaseCount, used: databases.length };
  }
  return decideSize(databases, quotaMb, quotas.totalQuotaMb);
}

/** What a database takes of the user's total: what it was promised, or what it holds where that is more. One that is deleted keeps its room until it is purged. */
export function heldMb({ quota_mb, current_size_mb }: DatabaseEntry): number {
  return Math.max(quota_mb ?? 0, current_size_mb);
}

/** The same for a changed quota of one database; `others` are the user's other databases. */
export function decideSize(others: readonly DatabaseEntry[], quotaMb: number | null, totalQuotaMb: number | null): QuotaDecision {
  if (totalQuotaMb === null) return { kind: 'within' };
  const usedMb = others.reduce((sum, entry) => sum + entry.current_size_mb, 0);
  if (usedMb >= totalQuotaMb) return { kind: 'exceeded', quota: 'total_size', limit: totalQuotaMb, used: usedMb };
  const promisedMb = others.reduce((sum, entry) => sum + heldMb(entry), 0) + (quotaMb ?? 0);
  if (promisedMb > totalQuotaMb) return { kind: 'exceeded', quota: 'promised_size', limit: totalQuotaMb, used: promisedMb };
  return { kind: 'within' };
}

/** Which quota an over-full database is over: its own, or else the user's total. */
export function exceededBy(entry: DatabaseEntry, owner: Pick<DatabaseOwner, 'databases' | 'totalQuotaMb'>): Exclude<QuotaDecision, { readonly kind: 'within' }> {
  if (entry.quota_mb !== null && entry.current_size_mb > entry.quota_mb) return { kind: 'exceeded', quota: 'database_size', limit: entry.quota_mb, used: entry.current_size_mb };
  const used = owner.databases.reduce((sum, { current_size_mb }) => sum + current_size_mb, 0);
  return { kind: 'exceeded', quota: 'total_size', limit: owner.totalQuotaMb ?? 0, used };
}

/** What callers are told: sizes in megabytes, and the number of databases as it is. */
export function quotaDetails({ quota, limit, used }: Exclude<QuotaDecision, { readonly kind: 'within' }>): Readonly<Record<string, unknown>> {
  if (quota === 'database_count') return { quota, limit, used };
  return quota === 'largest_quota' ? { quota, limit_mb: limit, asked_mb: used } : { quota, limit_mb: limit, used_mb: used };
}
