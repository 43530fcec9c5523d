// Accounts and what proves who one is: stores of users, sessions, API tokens and failed sign-ins, and password hashing.
import type { Role, Scope } from '@freehold/api';
import type { UserLimits } from '../domain/limits.js';
import type { RateLimitOverrides } from '../domain/rate-limits.js';

export interface AccountRecord {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  /** In the format of the hasher, with its parameters (PHC string), or of an earlier platform's; empty: there is none. */
  readonly passwordHash: string;
  readonly createdAt: Date;
  readonly defaultDatabaseId: string | null;
  readonly totalQuotaMb: number | null;
  /** What this user may hold (R5.3). */
  readonly limits: UserLimits;
  /** Limits of this user's own and of their plan, before those of the platform (R2.3). */
  readonly rateLimits: RateLimitOverrides;
  /** How often the user was given their uses of rate limits back. */
  readonly rateLimitResets: number;
  /** The account may not be used. */
  readonly isDisabled: boolean;
}

export type NewAccount = Pick<AccountRecord, 'email' | 'name' | 'role' | 'passwordHash' | 'createdAt'>;

/** There is an account with this address; upper and lower case count as the same. */
export class EmailTaken extends Error {
  override readonly name = 'EmailTaken';
}

export interface AccountStore {
  /** Throws EmailTaken. */
  insert(account: NewAccount): Promise<AccountRecord>;
  find(userId: string): Promise<AccountRecord | undefined>;
  findByEmail(email: string): Promise<AccountRecord | undefined>;
  /**
   * Replaces the hash that an earlier platform has made; false: it is another one by now, or the user is not migrated yet, whose document is left to
   * the earlier platform. A rollback of the migration brings the earlier hash back.
   */
  replacePasswordHash(userId: string, from: string, to: string): Promise<boolean>;
  /** How many megabytes the user's databases hold together. */
  heldMegabytes(userId: string): Promise<number>;
  hasOperator(): Promise<boolean>;
}

/** Sessions and API tokens are kept as hashes of their secrets; the secret itself is nowhere (R2.5). */
export interface SessionRecord {
  readonly id: string;
  readonly userId: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export interface SessionStore {
  insert(secretHash: string, session: Omit<SessionRecord, 'id'>): Promise<SessionRecord>;
  findBySecretHash(secretHash: string): Promise<SessionRecord | undefined>;
  extend(sessionId: string, expiresAt: Date): Promise<void>;
  remove(sessionId: string): Promise<void>;
}

export interface TokenRecord {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** The first characters of the secret, to tell tokens apart. */
  readonly hint: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
}

export interface TokenStore {
  /** Throws LimitReached where the user has as many tokens as they may (absent or null: any number). */
  insert(secretHash: string, token: Omit<TokenRecord, 'id'>, largestCount?: number | null): Promise<TokenRecord>;
  findBySecretHash(secretHash: string): Promise<TokenRecord | undefined>;
  /** The newest first. */
  list(userId: string, page: { readonly limit: number; readonly offset: number }): Promise<{ readonly items: readonly TokenRecord[]; readonly total: number }>;
  /** False: the user has no such token. */
  remove(userId: string, tokenId: string): Promise<boolean>;
  markUsed(tokenId: string, at: Date): Promise<void>;
}

/**
 * Failed sign-ins for an account from an address; the key says which, without naming either. The store tells the time by a clock that all replicas
 * share, so that it does not matter what theirs say.
 */
export interface SignInFailureStore {
  /** For how long the key stays locked, in ms; 0: it is not. Never for longer than its lock lasts altogether, also where the clock has gone back. */
  lockedForMs(key: string): Promise<number>;
  /** Counts one more failure, and returns how many there are now. They are forgotten so long after. */
  recordFailure(key: string, rememberForMs: number): Promise<number>;
  lock(key: string, forMs: number): Promise<void>;
  clear(key: string): Promise<void>;
}

/** Failed sign-ins to one account, or to addresses that have none, since the last time they were told of. */
export interface FailedSignIns {
  /** Null: to addresses that have no account. */
  readonly userId: string | null;
  readonly count: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  /** Where they came from: the first so many, each once. */
  readonly networks: readonly string[];
}

/** Failed sign-ins, added up until they are told of: one document for each account, however many there are. */
export interface FailedSignInStore {
  /** Costs the same for an account as for nobody's. What is told of no later than `tellAt`. */
  add(userId: string | null, from: { readonly network: string; readonly at: Date; readonly tellAt: Date }): Promise<void>;
  /** Keys of those that are to be told of. */
  due(now: Date, limit: number): Promise<readonly string[]>;
  /** Takes them away; undefined: somebody else has, or there are new ones already. */
  take(key: string, now: Date): Promise<FailedSignIns | undefined>;
}

export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** False also for a hash that cannot be read. */
  verify(hash: string, password: string): Promise<boolean>;
  /** False: made by an earlier platform, to be replaced when its user signs in. */
  isOurs(hash: string): boolean;
  /** False: nobody can sign in with it. */
  isReadable(hash: string): boolean;
}
