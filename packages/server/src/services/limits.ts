// What a user holds and may hold, in one answer (`LimitsService`).
import { ApiError, type Limits, type RateLimitStandingAnswer } from '@freehold/api';
import { effectiveLimit, limitNames, type LimitName, LimitReached, type LimitSource, type LimitValues } from '../domain/limits.js';
import { mergeRateLimits } from '../domain/plans.js';
import { rateLimitEntries, type RateLimitName, type RateLimitRule, type SharedRateLimitName } from '../domain/rate-limits.js';
import type { ControlStores } from '../ports/control-database.js';
import type { UserRecord } from '../ports/users.js';
import type { LimitsService } from './contracts.js';
import type { LimitedUser, RateLimiter } from './rate-limiter.js';

export interface LimitsServiceDependencies {
  readonly control: Pick<ControlStores, 'users'>;
  /** Undefined: nothing is limited. */
  readonly limiter: RateLimiter | undefined;
  /** What the platform's settings say. */
  readonly platform: LimitValues;
}

/** What callers are told where they may have no more of something. */
export function limitError({ limitName, limit, used }: LimitReached): ApiError {
  return new ApiError('LIMIT_REACHED', { limit: limitName, allowed: limit, used });
}

/** Throws what callers are told. */
export async function holdingToLimit<Result>(write: () => Promise<Result>): Promise<Result> {
  try {
    return await write();
  } catch (error) {
    throw error instanceof LimitReached ? limitError(error) : error;
  }
}

/** A size as it is shown: sums of decimals are kept to the three decimals that sizes have. */
function megabytes(size: number): number {
  return Math.round(size * 1000) / 1000;
}

function usesOf(user: UserRecord, counts: Awaited<ReturnType<ControlStores['users']['counts']>>): Readonly<Record<LimitName, number | null>> {
  return {
    max_databases: user.databaseCount, max_apps: counts.apps, max_tokens: counts.tokens, max_webhooks: counts.webhooks,
    default_quota_mb: null, max_quota_mb: null, total_quota_mb: megabytes(user.promisedMb), connection_budget: null,
  };
}

/** Where a user's limit of a rule comes from. */
function sourceOf(name: RateLimitName, { rateLimits, planRateLimits }: UserRecord): LimitSource {
  if (rateLimits[name] !== undefined) return 'override';
  return planRateLimits[name] === undefined ? 'default' : 'plan';
}

/** A user as rate limits are counted for them. */
export function limitedUser({ id: userId, rateLimits, planRateLimits, rateLimitResets }: UserRecord): LimitedUser {
  return { userId, rateLimits: mergeRateLimits(planRateLimits, rateLimits), rateLimitResets };
}

async function rateLimitStanding(limiter: RateLimiter | undefined, user: UserRecord, [name, rule]: readonly [RateLimitName, RateLimitRule]): Promise<RateLimitStandingAnswer> {
  const limited = limitedUser(user);
  const limit = limiter?.limitOf(name, limited);
  const isByUser = rule.scope === 'user' && limit !== undefined;
  const [running] = isByUser && limiter !== undefined ? await limiter.look(name as SharedRateLimitName, [user.id], limited) : [];
  return {
    name, scope: rule.scope, limit: limit?.limit ?? null, window_seconds: limit?.windowSeconds ?? null, remaining: isByUser ? running?.remaining ?? limit.limit : null,
    reset_seconds: running?.resetSeconds ?? null, source: sourceOf(name, user), meaning: rule.meaning,
  };
}

/** Where a user stands with every rule. */
export function rateLimitStandings(limiter: RateLimiter | undefined, user: UserRecord): Promise<RateLimitStandingAnswer[]> {
  return Promise.all(rateLimitEntries().map((entry) => rateLimitStanding(limiter, user, entry)));
}

/** Builds the service. */
export function createLimitsService({ control, limiter, platform }: LimitsServiceDependencies): LimitsService {
  return {
    limitsOf: async (userId): Promise<Limits> => {
      const user = await control.users.find(userId);
      if (user === undefined) throw new ApiError('USER_NOT_FOUND');
      const [counts, rateLimits] = await Promise.all([control.users.counts(userId), rateLimitStandings(limiter, user)]);
      const uses = usesOf(user, counts);
      const total = effectiveLimit('total_quota_mb', user.limits, platform).limit;
      return {
        plan: user.limits.plan.name,
        limits: Object.fromEntries(limitNames.map((name) => [name, { ...effectiveLimit(name, user.limits, platform), used: uses[name] }])) as Limits['limits'],
        quota: {
          total_mb: total, used_mb: megabytes(user.usedMb), promised_mb: megabytes(user.promisedMb),
          free_mb: total === null ? null : megabytes(Math.max(0, total - user.promisedMb)),
        },
        rate_limits: rateLimits,
      };
    },
  };
}
