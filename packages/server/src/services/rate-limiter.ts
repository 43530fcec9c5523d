// Applies the rate limits (R2.3): what replicas count together is in a store, what has to cost nothing is in memory.
import { createHash } from 'node:crypto';
import { ApiError } from '@freehold/api';
import { limitInForce, rateLimitRules, type RateLimit, type RateLimitName, type RateLimitOverrides, type SharedRateLimitName } from '../domain/rate-limits.js';
import type { Clock } from '../ports/clock.js';
import type { EventSink } from '../ports/events.js';
import type { RateLimitStore } from '../ports/rate-limits.js';
import { networkOf } from './accounts-lockout.js';

/** Where somebody stands with a limit: what the `RateLimit-*` headers say. */
export interface RateLimitStanding {
  readonly limit: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

/** A use that has been counted. */
export interface CountedUse {
  readonly standing: RateLimitStanding;
  /** For a call that came to nothing; returns where its caller stands then. */
  giveBack(): Promise<RateLimitStanding>;
}

/** RATE_LIMITED, and where its caller stands. */
export class RateLimited extends ApiError {
  constructor(
    readonly rule: RateLimitName,
    readonly standing: RateLimitStanding,
    windowSeconds: number,
  ) {
    super('RATE_LIMITED', { limit: standing.limit, window_seconds: windowSeconds, retry_after_seconds: Math.max(1, standing.resetSeconds), rule });
  }
}

/** Whose limits are meant: a user's own come before the platform's. Absent: nobody in particular. */
export interface LimitedUser {
  readonly userId: string;
  readonly rateLimits?: RateLimitOverrides | undefined;
  /** How often the user was given their uses back: each time they are counted under other keys from then on, so that nothing need be removed anywhere. */
  readonly rateLimitResets?: number | undefined;
}

export interface RateLimiter {
  /** Counts a use of a rule by a subject. Undefined: the rule is off. Throws RateLimited. */
  take(name: SharedRateLimitName, subject: string, user: LimitedUser | null): Promise<CountedUse | undefined>;
  /** Throws RateLimited where this replica knows that the user's misses are used up. Costs a look into memory. */
  refuseKnownMisser(user: LimitedUser): void;
  /** Counts an id that the user does not have. Throws RateLimited. */
  countMiss(user: LimitedUser): Promise<void>;
  /** The limit of a rule for a user. Undefined: the rule is off. */
  limitOf(name: RateLimitName, user: LimitedUser): RateLimit | undefined;
  /** Where subjects stand with a rule, in their order, without a use. Undefined: no window runs. */
  look(name: SharedRateLimitName, subjects: readonly string[], user: LimitedUser): Promise<readonly (RateLimitStanding | undefined)[]>;
  /** Counts a call with a credential, in memory. Throws RateLimited. */
  countRequest(credentialId: string, user: LimitedUser): void;
}

export interface RateLimiterDependencies {
  readonly store: RateLimitStore;
  /** What differs from the table of rules for everybody. */
  readonly platform: RateLimitOverrides;
  readonly clock: Clock;
  readonly events: EventSink;
  /** How many users and credentials are remembered at most. Default 100,000. */
  readonly rememberCount?: number;
}

/** The subject of rules that count by address: hashed, since the store need not tell who came from where. */
export function addressSubject(address: string): string {
  return createHash('sha256').update(networkOf(address)).digest('hex');
}

/** The subject of rules that count by database: its asker's, so that strangers do not use up its owner's limit. */
export function databaseSubject(userId: string, databaseId: string): string {
  return `${userId}:${databaseId}`;
}

/** A limit that is off for everybody, or for one user, is not counted at all. */
export function createRateLimiter({ store, platform, clock, events, rememberCount = 100_000 }: RateLimiterDependencies): RateLimiter {
  /** Until when users have to wait, in ms since the epoch, by the key of their misses; in order of insertion, so that the first is the oldest. */
  const missers = new Map<string, number>();
  const requests = new Map<string, MemoryWindow>();

  function refuse(name: RateLimitName, limit: RateLimit, resetsAtMs: number, user: LimitedUser | null): never {
    events.emit({ name: 'rate_limit.exceeded', rule: name, userId: user?.userId ?? null });
    throw new RateLimited(name, standingOf(limit, limit.limit, resetsAtMs - clock.now().getTime()), limit.windowSeconds);
  }

  async function take(name: SharedRateLimitName, subject: string, user: LimitedUser | null): Promise<CountedUse | undefined> {
    const limit = limitInForce(name, platform, user?.rateLimits ?? {});
    if (limit === undefined) return undefined;
    const now = clock.now();
    const use = await store.take(keyOf(name, subject, user), { limit: limit.limit, windowMs: limit.windowSeconds * 1000 }, now);
    const resetsAtMs = use.resetsAt.getTime();
    const leftMs = resetsAtMs - now.getTime();
    if (!use.isAllowed) return refuse(name, limit, resetsAtMs, user);
    return {
      standing: standingOf(limit, use.used, leftMs),
      giveBack: async () => {
        await use.giveBack();
        return standingOf(limit, use.used - 1, leftMs);
      },
    };
  }

  const limitOf = (name: RateLimitName, user: LimitedUser): RateLimit | undefined => limitInForce(name, platform, user.rateLimits ?? {});

  return {
    take,
    limitOf,
    look: (name, subjects, user) => look(store, limitOf(name, user), subjects.map((subject) => keyOf(name, subject, user)), clock.now()),
    refuseKnownMisser: (user) => {
      const key = keyOf('missed_lookups', user.userId, user);
      const noted = missers.get(key);
      if (noted === undefined) return;
      const [limit, nowMs] = [limitOf('missed_lookups', user), clock.now().getTime()];
      const resetsAtMs = noWindowLaterThan(noted, limit, nowMs);
      if (limit !== undefined && resetsAtMs > nowMs) {
        missers.set(key, resetsAtMs);
        refuse('missed_lookups', limit, resetsAtMs, user);
      }
      missers.delete(key);
    },
    countMiss: async (user) => {
      const remember = ({ resetSeconds }: RateLimitStanding): void => keepNewest(missers, keyOf('missed_lookups', user.userId, user), clock.now().getTime() + resetSeconds * 1000, rememberCount);
      try {
        const use = await take('missed_lookups', user.userId, user);
        if (use?.standing.remaining === 0) remember(use.standing);
      } catch (error) {
        if (error instanceof RateLimited) remember(error.standing);
        throw error;
      }
    },
    countRequest: (credentialId, user) => {
      const limit = limitOf('requests', user);
      if (limit === undefined) return;
      const resetsAtMs = refusedUntil(requests, credentialId, limit, clock.now().getTime(), rememberCount);
      if (resetsAtMs !== undefined) refuse('requests', limit, resetsAtMs, user);
    },
  };
}

interface MemoryWindow {
  used: number;
  resetsAtMs: number;
}

/** Counts a use in memory. Undefined: it is allowed; otherwise when the window ends. */
function refusedUntil(windows: Map<string, MemoryWindow>, key: string, limit: RateLimit, nowMs: number, rememberCount: number): number | undefined {
  const window = windows.get(key);
  if (window === undefined || window.resetsAtMs <= nowMs) {
    keepNewest(windows, key, { used: 1, resetsAtMs: nowMs + limit.windowSeconds * 1000 }, rememberCount);
    return undefined;
  }
  window.resetsAtMs = noWindowLaterThan(window.resetsAtMs, limit, nowMs);
  if (window.used >= limit.limit) return window.resetsAtMs;
  window.used += 1;
  return undefined;
}

async function look(store: RateLimitStore, limit: RateLimit | undefined, keys: readonly string[], now: Date): Promise<readonly (RateLimitStanding | undefined)[]> {
  if (limit === undefined) return keys.map(() => undefined);
  const counts = await store.look(keys, now);
  return counts.map((count) => (count === undefined ? undefined : standingOf(limit, count.used, count.resetsAt.getTime() - now.getTime())));
}

/** What a use is counted under. */
function keyOf(name: SharedRateLimitName, subject: string, user: LimitedUser | null): string {
  const resets = rateLimitRules[name].scope === 'address' ? 0 : user?.rateLimitResets ?? 0;
  return resets === 0 ? `${name}:${subject}` : `${name}:${subject}:after_reset_${resets}`;
}

function standingOf({ limit, windowSeconds }: RateLimit, used: number, leftMs: number): RateLimitStanding {
  return { limit, remaining: Math.max(0, limit - used), resetSeconds: Math.min(windowSeconds, Math.max(0, Math.ceil(leftMs / 1000))) };
}

/** A window ends its length from now at the latest: whatever the clock was when it began. */
function noWindowLaterThan(resetsAtMs: number, limit: RateLimit | undefined, nowMs: number): number {
  return limit === undefined ? resetsAtMs : Math.min(resetsAtMs, nowMs + limit.windowSeconds * 1000);
}

/** Puts an entry last, and drops the oldest one where there are too many. */
function keepNewest<Value>(entries: Map<string, Value>, key: string, value: Value, count: number): void {
  entries.delete(key);
  entries.set(key, value);
  if (entries.size > count) entries.delete(entries.keys().next().value!);
}
