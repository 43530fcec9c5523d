// API tokens: for scripts, the command line and apps. The secret is shown once.
import * as z from 'zod';
import { pageOf, pageQueryFields } from './page.js';
import { timestamp } from './primitives.js';

/** What a token may do. A session may do everything its user may. `<resource>:*` grants every scope of the resource. */
export const scopes = [
  'account:read',
  'databases:read', 'databases:write', 'databases:connect', 'databases:*',
  'apps:read', 'apps:write', 'apps:*',
  'operations:read',
  'events:read', 'events:write', 'events:*',
  'audit:read',
  'tokens:read', 'tokens:write', 'tokens:*',
  'admin',
] as const;
export type Scope = (typeof scopes)[number];

/** A token made without naming scopes: all that a user does from day to day, but not making further tokens. */
export const defaultScopes: readonly Scope[] = ['account:read', 'databases:*', 'apps:*', 'operations:read', 'events:read'];

/** True if `granted` covers `needed`. */
export function scopeCovers(granted: readonly Scope[], needed: Scope): boolean {
  return granted.some((scope) => scope === needed || (scope.endsWith(':*') && needed.startsWith(scope.slice(0, -1))));
}

export const createTokenSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(50),
    scopes: z.array(z.enum(scopes)).min(1).max(scopes.length).optional(),
    expires_in_days: z.number().int().min(1).max(3650).optional(),
  })
  .meta({ id: 'CreateToken' });
export type CreateToken = z.infer<typeof createTokenSchema>;

export const tokenSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(z.enum(scopes)),
    hint: z.string().describe('The first characters of the secret, to tell tokens apart'),
    created_at: timestamp,
    expires_at: timestamp.nullable(),
    last_used_at: timestamp.nullable(),
  })
  .meta({ id: 'Token' });
export type Token = z.infer<typeof tokenSchema>;

export const createdTokenSchema = tokenSchema.extend({ token: z.string().describe('The secret; it is not shown again') }).meta({ id: 'CreatedToken' });
export type CreatedToken = z.infer<typeof createdTokenSchema>;

export const listTokensQuerySchema = z.strictObject({ ...pageQueryFields });
export type ListTokensQuery = z.infer<typeof listTokensQuerySchema>;

export const tokenPageSchema = pageOf(tokenSchema).meta({ id: 'TokenPage' });
