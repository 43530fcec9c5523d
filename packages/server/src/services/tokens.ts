// The use cases of API tokens: make, list, revoke.
import { ApiError, defaultScopes, scopeCovers, type CreatedToken, type CreateToken, type EventData, type ListTokensQuery, type Page, type Scope, type Token } from '@freehold/api';
import { limitOf, noUserLimits } from '../domain/limits.js';
import type { TokenRecord } from '../ports/accounts.js';
import type { Clock } from '../ports/clock.js';
import type { ControlDatabase, ControlStores } from '../ports/control-database.js';
import type { Identifiers } from '../ports/identifiers.js';
import type { Authenticator, Principal } from './accounts-authentication.js';
import { hintOf, secretHash, tokenSecret } from './accounts-credentials.js';
import type { Actor } from './contracts.js';
import { originOf } from './databases-world.js';
import { holdingToLimit } from './limits.js';

export interface TokenService {
  /** Throws FORBIDDEN for a scope that the maker does not have: `granted` is what its own credential was granted. */
  create(actor: Actor, granted: Principal['scopes'], input: CreateToken): Promise<CreatedToken>;
  list(actor: Actor, query: ListTokensQuery): Promise<Page<Token>>;
  /** Throws TOKEN_NOT_FOUND. */
  revoke(actor: Actor, tokenId: string): Promise<void>;
}

export interface TokenDependencies {
  readonly authenticator: Authenticator;
  readonly identifiers: Pick<Identifiers, 'token'>;
  /** A token is made, or ended, in one transaction with its traces. */
  readonly control: Pick<ControlDatabase, 'accounts' | 'tokens' | 'transaction'>;
  readonly clock: Clock;
}

const msPerDay = 24 * 60 * 60 * 1000;

/** Builds the service. */
export function createTokenService(dependencies: TokenDependencies): TokenService {
  const { control, authenticator, identifiers, clock } = dependencies;
  return {
    create: async (actor, granted, input) => {
      // Unless it names scopes, a token gets those of everyday use that its maker has.
      const scopes = input.scopes ?? (granted === null ? defaultScopes : granted.filter((scope) => scopeCovers(defaultScopes, scope)));
      const refused = scopes.length === 0 ? 'account:read' : scopes.find((scope) => !mayGrant(actor, granted, scope));
      if (refused !== undefined) throw new ApiError('FORBIDDEN', { required_scope: refused }, { message: `You may not grant the scope ${refused}.` });
      const secret = tokenSecret(identifiers.token());
      const now = clock.now();
      const largestCount = limitOf('max_tokens', (await control.accounts.find(actor.userId))?.limits ?? noUserLimits);
      const record = await holdingToLimit(() => control.transaction(async (stores) => {
        const made = await stores.tokens.insert(secretHash(secret.reveal()), {
          userId: actor.userId, name: input.name, scopes, hint: hintOf(secret), createdAt: now, lastUsedAt: null,
          expiresAt: input.expires_in_days === undefined ? null : new Date(now.getTime() + input.expires_in_days * msPerDay),
        }, largestCount);
        await tell(stores, actor, now, { type: 'token.created', data: { token_id: made.id, name: made.name, scopes: [...scopes] } });
        return made;
      }));
      return { ...present(record), token: secret.reveal() };
    },
    list: async (actor, { limit, offset }) => {
      const { items, total } = await control.tokens.list(actor.userId, { limit, offset });
      return { items: items.map(present), total, limit, offset };
    },
    revoke: async (actor, tokenId) => {
      await control.transaction(async (stores) => {
        if (!(await stores.tokens.remove(actor.userId, tokenId))) throw new ApiError('TOKEN_NOT_FOUND');
        await tell(stores, actor, clock.now(), { type: 'token.revoked', data: { token_id: tokenId } });
      });
      authenticator.forget(tokenId);
    },
  };
}

type TokenEvent = { readonly [Type in 'token.created' | 'token.revoked']: { readonly type: Type; readonly data: EventData<Type> } }['token.created' | 'token.revoked'];

/** Into the audit log, and to the account's owner: a token that somebody else made of a stolen session is seen. */
async function tell(stores: Pick<ControlStores, 'audit' | 'outbox'>, actor: Actor, at: Date, event: TokenEvent): Promise<void> {
  const { userId } = actor;
  const { token_id: id, ...details } = event.data;
  await stores.audit.record({ action: event.type, origin: originOf(actor), userId, subject: { kind: 'token', id }, at, details });
  await stores.outbox.record({ userId, at, ...event });
}

/** Nobody grants more than they have; `admin` is an operator's. */
function mayGrant(actor: Actor, granted: Principal['scopes'], scope: Scope): boolean {
  if (scope === 'admin' && actor.role !== 'operator') return false;
  return granted === null || scopeCovers(granted, scope);
}

function present(record: TokenRecord): Token {
  return {
    id: record.id, name: record.name, scopes: [...record.scopes], hint: record.hint, created_at: record.createdAt.toISOString(),
    expires_at: record.expiresAt?.toISOString() ?? null, last_used_at: record.lastUsedAt?.toISOString() ?? null,
  };
}
