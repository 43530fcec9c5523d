// Accounts, sessions and API tokens on the control database.
import { adoptingHasher } from '../adapters/password-hashes/adopting-hasher.js';
import type { ControlConnection } from '../adapters/mongodb/control-database.js';
import { MongoIdempotencyStore } from '../adapters/mongodb/idempotency-store.js';
import { MongoSignInFailureStore } from '../adapters/mongodb/sign-in-failures-store.js';
import { systemClock } from '../adapters/system/clock.js';
import { systemIdentifiers } from '../adapters/system/identifiers.js';
import type { Configuration } from '../config/settings.js';
import type { Secret } from '../domain/secret.js';
import { createAuthenticator, type Authenticator } from '../services/accounts-authentication.js';
import { createLockout, noLockout } from '../services/accounts-lockout.js';
import { createAccountService, type AccountService } from '../services/accounts.js';
import { createTokenService, type TokenService } from '../services/tokens.js';

export interface Accounts {
  readonly accounts: AccountService;
  readonly tokens: TokenService;
  readonly authenticator: Authenticator;
  readonly idempotency: MongoIdempotencyStore;
}

export async function buildAccounts({ db, control }: Pick<ControlConnection, 'db' | 'control'>, { rateLimits }: Pick<Configuration, 'rateLimits'>): Promise<Accounts> {
  const failures = new MongoSignInFailureStore(db);
  const idempotency = new MongoIdempotencyStore(db);
  await Promise.all([failures.prepare(), idempotency.prepare()]);
  const shared = { clock: systemClock, identifiers: systemIdentifiers };
  const authenticator = createAuthenticator({ ...control, ...shared });
  const lockout = rateLimits === 'off' ? noLockout : createLockout(failures);
  return {
    accounts: createAccountService({ control, ...shared, hasher: adoptingHasher, lockout, authenticator }),
    tokens: createTokenService({ control, ...shared, authenticator }),
    authenticator,
    idempotency,
  };
}

export interface CreatedOperator {
  readonly email: string;
  /** The password that was made up, to be shown once; undefined where the operator had given one. */
  readonly password: Secret | undefined;
}

/** The operator of a first start; undefined where there is one already. */
export async function ensureOperator(accounts: AccountService, configuration: Configuration): Promise<CreatedOperator | undefined> {
  const { operatorEmail: email, operatorPassword: given } = configuration;
  const made = given === undefined ? systemIdentifiers.password() : undefined;
  const isCreated = await accounts.ensureOperator({ email, password: given ?? made!.reveal() });
  return isCreated ? { email, password: made } : undefined;
}
