// Who calls: from the secret in a request to the account behind it. Verified credentials are remembered for a few seconds, since
// this runs on every request; ending one in this process takes effect at once, in other replicas when they forget it.
import { ApiError, type Role, type Scope } from '@freehold/api';
import type { RateLimitOverrides } from '../domain/rate-limits.js';
import type { AccountRecord, AccountStore, SessionStore, TokenStore } from '../ports/accounts.js';
import type { Clock } from '../ports/clock.js';
import { kindOf, secretHash } from './accounts-credentials.js';

export interface Principal {
  readonly userId: string;
  readonly role: Role;
  readonly credential: { readonly kind: 'session' | 'api_token'; readonly id: string };
  /** What an API token was granted; null: a session, which may do all that its user may. */
  readonly scopes: readonly Scope[] | null;
  /** The user's own rate limits, and their plan's. */
  readonly rateLimits: RateLimitOverrides;
  /** How often the user was given their uses of rate limits back. */
  readonly rateLimitResets: number;
}

export interface Authenticator {
  /** Undefined: the secret proves nothing. Throws ACCOUNT_DISABLED. */
  authenticate(presented: string): Promise<Principal | undefined>;
  /** Forgets a credential that has ended. */
  forget(credentialId: string): void;
  /** Forgets all credentials of a user: what is known of the user has changed. */
  forgetUser(userId: string): void;
}

export interface AuthenticationDependencies {
  readonly accounts: Pick<AccountStore, 'find'>;
  readonly sessions: Pick<SessionStore, 'findBySecretHash' | 'extend'>;
  readonly tokens: Pick<TokenStore, 'findBySecretHash' | 'markUsed'>;
  readonly clock: Clock;
  /** Default 5 s. */
  readonly rememberForMs?: number;
  /** How many credentials are remembered at most. Default 10,000. */
  readonly rememberCount?: number;
}

export const sessionLifetimeMs = 30 * 24 * 60 * 60 * 1000;
/** A session in use is extended when this much of its life is over; a token's last use is written this often. */
const extendAfterMs = 60 * 60 * 1000;
const markUsedEveryMs = 60 * 1000;

interface Remembered {
  readonly principal: Promise<Principal | undefined>;
  readonly until: number;
}

/** Builds the authenticator. */
export function createAuthenticator(dependencies: AuthenticationDependencies): Authenticator {
  const { clock, rememberForMs = 5_000, rememberCount = 10_000 } = dependencies;
  // In order of insertion, so that the first key is the oldest.
  const remembered = new Map<string, Remembered>();

  const forgetWhere = (isMeant: (principal: Principal) => boolean): void => {
    for (const [hash, { principal }] of remembered) {
      void principal.then((found) => found !== undefined && isMeant(found) && remembered.delete(hash), () => undefined);
    }
  };

  return {
    authenticate: (presented) => {
      const kind = kindOf(presented);
      if (kind === undefined) return Promise.resolve(undefined);
      const hash = secretHash(presented);
      const now = clock.now().getTime();
      const known = remembered.get(hash);
      if (known !== undefined && known.until > now) return known.principal;

      const principal = kind === 'session' ? principalOfSession(dependencies, hash) : principalOfToken(dependencies, hash);
      remembered.delete(hash);
      const entry = { principal, until: now + rememberForMs };
      remembered.set(hash, entry);
      if (remembered.size > rememberCount) remembered.delete(remembered.keys().next().value!);
      // What proves nothing, or could not be looked up, is not worth a place.
      const drop = (): void => {
        if (remembered.get(hash) === entry) remembered.delete(hash);
      };
      principal.then((found) => {
        if (found === undefined) drop();
      }, drop);
      return principal;
    },
    forget: (credentialId) => forgetWhere(({ credential }) => credential.id === credentialId),
    forgetUser: (userId) => forgetWhere((principal) => principal.userId === userId),
  };
}

async function usableAccount(accounts: Pick<AccountStore, 'find'>, userId: string): Promise<AccountRecord | undefined> {
  const account = await accounts.find(userId);
  if (account?.isDisabled === true) throw new ApiError('ACCOUNT_DISABLED');
  return account;
}

async function principalOfSession({ sessions, accounts, clock }: AuthenticationDependencies, hash: string): Promise<Principal | undefined> {
  const session = await sessions.findBySecretHash(hash);
  const now = clock.now().getTime();
  // Expired documents are removed about once a minute; until then they are still found.
  if (session === undefined || session.expiresAt.getTime() <= now) return undefined;
  const account = await usableAccount(accounts, session.userId);
  if (account === undefined) return undefined;
  const extended = now + sessionLifetimeMs;
  if (extended - session.expiresAt.getTime() > extendAfterMs) await sessions.extend(session.id, new Date(extended));
  return { userId: account.id, role: account.role, credential: { kind: 'session', id: session.id }, scopes: null, ...limitsOf(account) };
}

async function principalOfToken({ tokens, accounts, clock }: AuthenticationDependencies, hash: string): Promise<Principal | undefined> {
  const token = await tokens.findBySecretHash(hash);
  const now = clock.now();
  if (token === undefined || (token.expiresAt !== null && token.expiresAt <= now)) return undefined;
  const account = await usableAccount(accounts, token.userId);
  if (account === undefined) return undefined;
  if (token.lastUsedAt === null || now.getTime() - token.lastUsedAt.getTime() > markUsedEveryMs) await tokens.markUsed(token.id, now);
  return { userId: account.id, role: account.role, credential: { kind: 'api_token', id: token.id }, scopes: token.scopes, ...limitsOf(account) };
}

function limitsOf({ rateLimits, rateLimitResets }: AccountRecord): Pick<Principal, 'rateLimits' | 'rateLimitResets'> {
  return { rateLimits, rateLimitResets };
}
