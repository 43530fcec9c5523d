// All users, as operators see and change them.
import type { Role } from '@freehold/api';
import type { DatabaseEnvironment, DatabaseStatus, QuotaLevel } from '../domain/database-entry.js';
import type { LimitValues, UserLimits } from '../domain/limits.js';
import type { RateLimitOverrides } from '../domain/rate-limits.js';
import type { OwnedDatabase } from './databases.js';

/** What becomes of the databases of a disabled account: they go on, or their credentials lose every right. */
export interface Disabled {
  readonly at: Date;
  readonly areDatabasesSuspended: boolean;
}

export interface UserRecord {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAt: Date;
  readonly limits: UserLimits;
  /** The user's own, and those of the plan. */
  readonly rateLimits: RateLimitOverrides;
  readonly planRateLimits: RateLimitOverrides;
  /** How often the uses of rate limits were given back. */
  readonly rateLimitResets: number;
  /** Null: the account can be used. */
  readonly disabled: Disabled | null;
  readonly databaseCount: number;
  readonly usedMb: number;
  readonly promisedMb: number;
}

export interface UserListQuery {
  readonly limit: number;
  /** What the page before said; null: from the beginning. */
  readonly after: string | null;
  /** The beginning of the e-mail address, in any case, or a whole id. */
  readonly search?: string;
  readonly plan?: string;
  readonly role?: Role;
  readonly isDisabled?: boolean;
}

export interface DatabasesOfAllQuery {
  readonly limit: number;
  readonly after: string | null;
  readonly databaseId?: string;
  readonly userId?: string;
  readonly clusterId?: string;
  readonly status?: DatabaseStatus;
  readonly environment?: DatabaseEnvironment;
  readonly quotaLevel?: QuotaLevel;
}

export interface UserChange {
  readonly plan?: string;
  /** All of the user's own limits; what is not named is taken back. */
  readonly overrides?: LimitValues;
  readonly rateLimits?: RateLimitOverrides;
  /** True: gives the uses of all rate limits back. */
  readonly resetsRateLimits?: boolean;
  readonly disabled?: Disabled | null;
}

export interface CursorPage<Item> {
  readonly items: readonly Item[];
  /** Null: this is the last one. */
  readonly next: string | null;
}

export interface UserDirectory {
  find(userId: string): Promise<UserRecord | undefined>;
  /** In the order of ids, or of addresses where one is looked for. A cursor that is none: from the beginning. */
  list(query: UserListQuery): Promise<CursorPage<UserRecord>>;
  /** In the order of their owners, and of their creation. */
  databases(query: DatabasesOfAllQuery): Promise<CursorPage<OwnedDatabase>>;
  /** False: no such user. Throws PlanAbsent. */
  change(userId: string, change: UserChange): Promise<boolean>;
  /** How many apps, API tokens and webhooks a user has. */
  counts(userId: string): Promise<{ readonly apps: number; readonly tokens: number; readonly webhooks: number }>;
}
