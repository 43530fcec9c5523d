// The use cases of accounts: signing up, in and out, showing oneself, and making accounts for others.
import { ApiError, type Account, type CreateUser, type SignedIn, type SignIn, type SignUp } from '@freehold/api';
import { EmailTaken, type AccountRecord, type AccountStore, type PasswordHasher, type SessionStore } from '../ports/accounts.js';
import type { AuditAction, AuditLog } from '../ports/audit.js';
import type { Clock } from '../ports/clock.js';
import type { Identifiers } from '../ports/identifiers.js';
import { sessionLifetimeMs, type Authenticator } from './accounts-authentication.js';
import { secretHash, sessionSecret } from './accounts-credentials.js';
import type { Lockout } from './accounts-lockout.js';
import type { Actor } from './contracts.js';
import { originOf } from './databases-world.js';

/** Where somebody who has no account yet, or has not shown whose it is, asks from. */
export type RequestFrom = Pick<Actor, 'requestId' | 'remoteAddress' | 'userAgent'>;

export interface AccountService {
  signUp(input: SignUp, from: RequestFrom): Promise<SignedIn>;
  /** Throws INVALID_CREDENTIALS, after the same work for an unknown address as for a wrong password; ACCOUNT_LOCKED, ACCOUNT_DISABLED. */
  signIn(input: SignIn, from: RequestFrom): Promise<SignedIn>;
  /** Ends the session that was presented. An API token is no session: FORBIDDEN. */
  signOut(actor: Actor): Promise<void>;
  me(actor: Actor): Promise<Account>;
  /** For operators: makes an account of either role. */
  create(actor: Actor, input: CreateUser): Promise<Account>;
  /** Makes the operator of a first start; false: there is an operator already. Throws EMAIL_TAKEN where a user has the address. */
  ensureOperator(credentials: { readonly email: string; readonly password: string }): Promise<boolean>;
}

export interface AccountDependencies {
  readonly accounts: AccountStore;
  readonly sessions: SessionStore;
  readonly hasher: PasswordHasher;
  readonly lockout: Lockout;
  readonly authenticator: Authenticator;
  readonly identifiers: Pick<Identifiers, 'token' | 'password'>;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly clock: Clock;
}

/** Builds the service. */
export function createAccountService(dependencies: AccountDependencies): AccountService {
  const { accounts, sessions, hasher, lockout, authenticator, identifiers } = dependencies;
  // What a sign-in to an unknown address is checked against: it takes as long as for a known one (R2.2).
  const nobodysHash = hasher.hash(identifiers.password().reveal());
  // A failure shows where the hash is used.
  nobodysHash.catch(() => undefined);

  return {
    signUp: async (input, from) => signedIn(dependencies, await insert(dependencies, { ...input, role: 'user' }), from, 'account.created'),
    signIn: async ({ email, password }, from) => {
      const account = await lockout.attempt(email, from.remoteAddress, async () => {
        const found = await accounts.findByEmail(email);
        const isRight = await hasher.verify(found === undefined || found.passwordHash === '' ? await nobodysHash : found.passwordHash, password);
        return isRight && found !== undefined && found.passwordHash !== '' ? found : undefined;
      });
      if (account === undefined) throw new ApiError('INVALID_CREDENTIALS');
      // Told to those alone who know the password.
      if (account.isDisabled) throw new ApiError('ACCOUNT_DISABLED');
      return signedIn(dependencies, account, from, 'account.signed_in');
    },
    signOut: async (actor) => {
      const { credential } = actor;
      if (credential.kind !== 'session') throw new ApiError('FORBIDDEN', {}, { message: 'An API token cannot be signed out; revoke it.' });
      await sessions.remove(credential.id);
      authenticator.forget(credential.id);
      await record(dependencies, 'account.signed_out', actor, actor.userId, {});
    },
    me: async ({ userId }) => {
      const [account, usedMb] = await Promise.all([accounts.find(userId), accounts.heldMegabytes(userId)]);
      if (account === undefined) throw new ApiError('UNAUTHENTICATED');
      return present(account, usedMb);
    },
    create: async (actor, input) => {
      const account = await insert(dependencies, input);
      await record(dependencies, 'account.created', actor, account.id, { role: input.role });
      return present(account, 0);
    },
    ensureOperator: async ({ email, password }) => {
      if (await accounts.hasOperator()) return false;
      try {
        await insert(dependencies, { email, password, name: 'Operator', role: 'operator' });
      } catch (error) {
        // Another replica that starts at the same time was faster.
        if (error instanceof ApiError && error.code === 'EMAIL_TAKEN' && (await accounts.hasOperator())) return false;
        throw error;
      }
      return true;
    },
  };
}

async function insert({ accounts, hasher, clock }: AccountDependencies, { email, password, name, role }: CreateUser): Promise<AccountRecord> {
  const passwordHash = await hasher.hash(password);
  try {
    return await accounts.insert({ email, name, role, passwordHash, createdAt: clock.now() });
  } catch (error) {
    if (error instanceof EmailTaken) throw new ApiError('EMAIL_TAKEN', {}, { cause: error });
    throw error;
  }
}

async function signedIn(dependencies: AccountDependencies, account: AccountRecord, from: RequestFrom, action: 'account.created' | 'account.signed_in'): Promise<SignedIn> {
  const { sessions, identifiers, clock } = dependencies;
  const secret = sessionSecret(identifiers.token()).reveal();
  const now = clock.now();
  const session = await sessions.insert(secretHash(secret), { userId: account.id, createdAt: now, expiresAt: new Date(now.getTime() + sessionLifetimeMs) });
  // Written before the answer: no session is handed out without a trace.
  const actor: Actor = { ...from, userId: account.id, role: account.role, credential: { kind: 'session', id: session.id } };
  await record(dependencies, action, actor, account.id, {});
  return { token: secret, user: { id: account.id, email: account.email, name: account.name } };
}

async function record({ audit, clock }: AccountDependencies, action: AuditAction, actor: Actor, userId: string, details: Readonly<Record<string, unknown>>): Promise<void> {
  await audit.record({ action, origin: originOf(actor), userId, subject: { kind: 'user', id: userId }, at: clock.now(), details });
}

function present(account: AccountRecord, usedMb: number): Account {
  return {
    id: account.id, email: account.email, name: account.name, role: account.role, created_at: account.createdAt.toISOString(),
    default_database_id: account.defaultDatabaseId, total_quota_mb: account.totalQuotaMb,
    // Sums of decimals are kept to the three decimals that sizes have.
    quota: { total_mb: account.totalQuotaMb, used_mb: Math.round(usedMb * 1000) / 1000 },
  };
}
