// How often something may be asked for (R2.3): every rule in one table, and what becomes of it by the platform's settings and
// a user's own. The settings' parser, the server's plugin and docs/rate-limits.md are all made from the table.
import { z } from 'zod';

/** Whom a rule counts for. An address of IPv6 counts as its network of /64. */
export type RateLimitScope = 'user' | 'database' | 'address' | 'credential';

/** Which calls use a limit up: those that succeed, those that fail as the caller's guess did, or all of them. */
export type RateLimitCount = 'successes' | 'failed_sign_ins' | 'attempts' | 'misses';

export interface RateLimitRule {
  readonly scope: RateLimitScope;
  readonly limit: number;
  readonly windowSeconds: number;
  readonly counts: RateLimitCount;
  /** Names of routes; `*`: every call with a credential, `ids`: every call with a credential that may answer 404. */
  readonly calls: readonly string[] | '*' | 'ids';
  readonly meaning: string;
}

const hour = 60 * 60;

export const rateLimitRules = {
  database_creation: {
    scope: 'user', limit: 5, windowSeconds: hour, counts: 'successes', calls: ['databases.create'],
    meaning: 'Databases that a user creates.',
  },
  credential_rotation: {
    scope: 'database', limit: 3, windowSeconds: 24 * hour, counts: 'successes', calls: ['databases.rotateCredentials'],
    meaning: 'Rotations of the credential of one database, unless they are immediate.',
  },
  immediate_rotation: {
    scope: 'database', limit: 10, windowSeconds: hour, counts: 'successes', calls: ['databases.rotateCredentials'],
    meaning: 'Immediate rotations of the credential of one database: a leaked one can be replaced however often it was rotated before.',
  },
  database_deletion: {
    scope: 'user', limit: 1, windowSeconds: hour, counts: 'successes', calls: ['databases.delete'],
    meaning: 'Databases that a user deletes. The first call, which only hands out the confirm token, is free.',
  },
  missed_lookups: {
    scope: 'user', limit: 60, windowSeconds: 60, counts: 'misses', calls: 'ids',
    meaning: "Ids that a user asks for and does not have: absent ones, malformed ones and other people's. Once it is used up, every call with an id has to wait.",
  },
  sign_ups: {
    scope: 'address', limit: 100, windowSeconds: hour, counts: 'attempts', calls: ['authentication.signUp'],
    meaning: 'Accounts made, or tried to make, from one address.',
  },
  failed_sign_ins: {
    scope: 'address', limit: 100, windowSeconds: hour, counts: 'failed_sign_ins', calls: ['authentication.signIn'],
    meaning: 'Wrong passwords from one address, whatever the account. Beside it stands the lock of one account for one address (`ACCOUNT_LOCKED`).',
  },
  requests: {
    scope: 'credential', limit: 6000, windowSeconds: 60, counts: 'attempts', calls: '*',
    meaning: 'All calls with one session or API token. Counted in memory by each replica for itself.',
  },
} as const satisfies Record<string, RateLimitRule>;

export type RateLimitName = keyof typeof rateLimitRules;
/** A rule whose uses all replicas count together. */
export type SharedRateLimitName = Exclude<RateLimitName, 'requests'>;

export const rateLimitNames = Object.keys(rateLimitRules) as readonly RateLimitName[];

/** The table as `[name, rule]`, in its order. */
export function rateLimitEntries(): readonly (readonly [RateLimitName, RateLimitRule])[] {
  return Object.entries(rateLimitRules) as [RateLimitName, RateLimitRule][];
}

/** The mode of a rotation that was asked for: without any grace time it is immediate. */
export function rotationModeOf({ mode, grace_seconds: graceSeconds }: { readonly mode?: 'graceful' | 'immediate' | undefined; readonly grace_seconds?: number | undefined }): 'graceful' | 'immediate' {
  return mode ?? (graceSeconds === 0 ? 'immediate' : 'graceful');
}

/** The rule that a rotation counts for. */
export function rotationRuleOf(rotation: Parameters<typeof rotationModeOf>[0]): 'credential_rotation' | 'immediate_rotation' {
  return rotationModeOf(rotation) === 'immediate' ? 'immediate_rotation' : 'credential_rotation';
}

/** As many uses in a window that begins with the first of them. */
export interface RateLimit {
  readonly limit: number;
  readonly windowSeconds: number;
}

/** What differs from the table; null: the rule is off. */
export type RateLimitOverrides = Readonly<Partial<Record<RateLimitName, Readonly<Partial<RateLimit>> | null>>>;

const largestLimit = 1_000_000_000;
const longestWindowSeconds = 31 * 24 * hour;

/** One rule as it is written in settings and with users: `{"limit": 10, "window_seconds": 60}`, either alone, or `"off"`. */
export const rateLimitOverrideSchema = z.union([
  z.literal('off').transform(() => null),
  z.strictObject({
    limit: z.number().int().min(1).max(largestLimit).optional(),
    window_seconds: z.number().int().min(1).max(longestWindowSeconds).optional(),
  }).transform(({ limit, window_seconds: windowSeconds }) => ({ ...(limit === undefined ? {} : { limit }), ...(windowSeconds === undefined ? {} : { windowSeconds }) })),
]);

/**
 * A user's own limits as they are stored. What cannot be read is as if it were not there: a slip in it gives the user the
 * platform's limits, and does not keep them from signing in.
 */
export function parseStoredOverrides(stored: unknown): RateLimitOverrides {
  if (typeof stored !== 'object' || stored === null) return {};
  const fields = stored as Readonly<Record<string, unknown>>;
  return Object.fromEntries(rateLimitNames.flatMap((name) => {
    const parsed = rateLimitOverrideSchema.safeParse(fields[name]);
    return parsed.success ? [[name, parsed.data]] : [];
  }));
}

/** The form that `parseStoredOverrides` reads, which is that of settings and of the API too. */
export function storedOverrides(overrides: RateLimitOverrides): Record<string, 'off' | { limit?: number; window_seconds?: number }> {
  const stored: Record<string, 'off' | { limit?: number; window_seconds?: number }> = {};
  for (const name of rateLimitNames) {
    const override = overrides[name];
    if (override === undefined) continue;
    const { limit, windowSeconds } = override ?? {};
    stored[name] = override === null ? 'off' : { ...(limit === undefined ? {} : { limit }), ...(windowSeconds === undefined ? {} : { window_seconds: windowSeconds }) };
  }
  return stored;
}

/** The limit in force: the user's own before the platform's, that before the table's. Undefined: there is none. */
export function limitInForce(name: RateLimitName, platform: RateLimitOverrides, user: RateLimitOverrides): RateLimit | undefined {
  const chosen = Object.hasOwn(user, name) ? user[name] : platform[name];
  if (chosen === null) return undefined;
  const { limit, windowSeconds } = { ...rateLimitRules[name], ...platform[name], ...chosen };
  return { limit, windowSeconds };
}
