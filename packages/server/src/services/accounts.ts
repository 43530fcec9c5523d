// The use cases of accounts: signing up, in and out, showing oneself, and making accounts for others.
import { ApiError, type Account, type CreateUser, type SignedIn, type SignIn, type SignUp } from '@freehold/api';
import { platformOrigin, type AuditOrigin } from '../domain/audit-origin.js';
import { EmailTaken, type AccountRecord, type NewAccount, type PasswordHasher } from '../ports/accounts.js';
import type { AuditAction } from '../ports/audit.js';
import type { Clock } from '../ports/clock.js';
import type { ControlDatabase, ControlStores } from '../ports/control-database.js';
import type { Identifiers } from '../ports/identifiers.js';
import { sessionLifetimeMs, type Authenticator } from './accounts-authentication.js';
import { secretHash, sessionSecret } from './accounts-credentials.js';
import { noteFailedSignIn } from './accounts-failed-sign-ins.js';
import type { Lockout } from './accounts-lockout.js';
import type { Actor } from './contracts.js';
import { originOf } from './databases-world.js';

/** Where somebody who has no account yet, or has not shown whose it is, asks from. */
export type RequestFrom = Pick<Actor, 'requestId' | 'remoteAddress' | 'userAgent'>;

export interface AccountService {
  signUp(input: SignUp, from: RequestFrom): Promise<SignedIn>;
  /** Throws INVALID_CREDENTIALS, after the same work for an unknown address and a disabled account as for a wrong password; ACCOUNT_LOCKED. */
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
  /** No account and no session is made or ended without its trace in the audit log: both are one transaction. */
  readonly control: Pick<ControlDatabase, 'accounts' | 'failedSignIns' | 'transaction'>;
  readonly hasher: PasswordHasher;
  readonly lockout: Lockout;
  readonly authenticator: Authenticator;
  readonly identifiers: Pick<Identifiers, 'token' | 'password'>;
  readonly clock: Clock;
}

/** Builds the service. */
export function createAccountService(dependencies: AccountDependencies): AccountService {
  const { control, hasher, lockout, authenticator, identifiers } = dependencies;
  const { accounts } = control;
  // What a sign-in to an unknown address is checked against: it takes as long as for a known one (R2.2).
  const nobodysHash = hasher.hash(identifiers.password().reveal());
  // A failure shows where the hash is used.
  nobodysHash.catch(() => undefined);

  return {
    signUp: async (input, from) => {
      const account = await newAccount(dependencies, { ...input, role: 'user' });
      return signedIn(dependencies, from, 'account.created', (stores) => inserted(stores, account));
    },
    signIn: async ({ email, password }, from) => {
      let accountId: string | null = null;
      const account = await lockout.attempt(email, from.remoteAddress, async () => {
        const found = await accounts.findByEmail(email);
        accountId = found?.id ?? null;
        const isKnown = found !== undefined && hasher.isReadable(found.passwordHash);
        const isRight = await hasher.verify(isKnown ? found.passwordHash : await nobodysHash, password);
        // A disabled account is a failure like any other: whoever tries passwords does not learn from it which is the right one.
        return isRight && isKnown && !found.isDisabled ? found : undefined;
      });
      if (account === undefined) {
        await noteFailedSignIn(dependencies, accountId, from);
        throw new ApiError('INVALID_CREDENTIALS');
      }
      const renewed = hasher.isOurs(account.passwordHash) ? undefined : await hasher.hash(password);
      return signedIn(dependencies, from, 'account.signed_in', async (stores) => {
        if (renewed !== undefined) await stores.accounts.replacePasswordHash(account.id, account.passwordHash, renewed);
        return account;
      });
    },
    signOut: async (actor) => {
      const { credential } = actor;
      if (credential.kind !== 'session') throw new ApiError('FORBIDDEN', {}, { message: 'An API token cannot be signed out; revoke it.' });
      await control.transaction(async (stores) => {
        await stores.sessions.remove(credential.id);
        await record(dependencies, stores, 'account.signed_out', originOf(actor), actor.userId, {});
      });
      authenticator.forget(credential.id);
    },
    me: async ({ userId }) => {
      const [account, usedMb] = await Promise.all([accounts.find(userId), accounts.heldMegabytes(userId)]);
      if (account === undefined) throw new ApiError('UNAUTHENTICATED');
      return present(account, usedMb);
    },
    create: async (actor, input) => {
      return present(await insert(dependencies, input, originOf(actor)), 0);
    },
    ensureOperator: async ({ email, password }) => {
      if (await accounts.hasOperator()) return false;
      try {
        await insert(dependencies, { email, password, name: 'Operator', role: 'operator' }, platformOrigin('first_start'));
      } catch (error) {
        // Another replica that starts at the same time was faster.
        if (error instanceof ApiError && error.code === 'EMAIL_TAKEN' && (await accounts.hasOperator())) return false;
        throw error;
      }
      return true;
    },
  };
}

/** The hash takes its time outside the transaction. */
async function newAccount({ hasher, clock }: AccountDependencies, { email, password, name, role }: CreateUser): Promise<NewAccount> {
  return { email, name, role, passwordHash: await hasher.hash(password), createdAt: clock.now() };
}

async function inserted({ accounts }: Pick<ControlStores, 'accounts'>, account: NewAccount): Promise<AccountRecord> {
  try {
    return await accounts.insert(account);
  } catch (error) {
    if (error instanceof EmailTaken) throw new ApiError('EMAIL_TAKEN', {}, { cause: error });
    throw error;
  }
}

async function insert(dependencies: AccountDependencies, input: CreateUser, origin: AuditOrigin): Promise<AccountRecord> {
  const account = await newAccount(dependencies, input);
  return dependencies.control.transaction(async (stores) => {
    const made = await inserted(stores, account);
    await record(dependencies, stores, 'account.created', origin, made.id, { role: input.role });
    return made;
  });
}

/** A session for the account, which may be made in the same transaction. */
async function signedIn(
  dependencies: AccountDependencies, from: RequestFrom, action: 'account.created' | 'account.signed_in', accountOf: (stores: ControlStores) => Promise<AccountRecord>,
): Promise<SignedIn> {
  const { control, identifiers, clock } = dependencies;
  const secret = sessionSecret(identifiers.token()).reveal();
  const now = clock.now();
  return control.transaction(async (stores) => {
    const account = await accountOf(stores);
    const session = await stores.sessions.insert(secretHash(secret), { userId: account.id, createdAt: now, expiresAt: new Date(now.getTime() + sessionLifetimeMs) });
    const actor: Actor = { ...from, userId: account.id, role: account.role, credential: { kind: 'session', id: session.id } };
    await record(dependencies, stores, action, originOf(actor), account.id, {});
    return { token: secret, user: { id: account.id, email: account.email, name: account.name } };
  });
}

async function record(
  { clock }: AccountDependencies, { audit }: Pick<ControlStores, 'audit'>, action: AuditAction, origin: AuditOrigin, userId: string, details: Readonly<Record<string, unknown>>,
): Promise<void> {
  await audit.record({ action, origin, userId, subject: { kind: 'user', id: userId }, at: clock.now(), details });
}

function present(account: AccountRecord, usedMb: number): Account {
  return {
    id: account.id, email: account.email, name: account.name, role: account.role, created_at: account.createdAt.toISOString(),
    default_database_id: account.defaultDatabaseId, total_quota_mb: account.totalQuotaMb,
    // Sums of decimals are kept to the three decimals that sizes have.
    quota: { total_mb: account.totalQuotaMb, used_mb: Math.round(usedMb * 1000) / 1000 },
  };
}
