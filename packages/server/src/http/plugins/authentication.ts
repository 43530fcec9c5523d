// Who calls, and may they: before the body is read. Closed by default: a route is open only where the route table says `public`,
// or where something outside the table says so of itself.
import { ApiError, scopeCovers, type Route } from '@freehold/api';
import type { FastifyRequest } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import type { Authenticator, Principal } from '../../services/accounts-authentication.js';

export interface AuthenticationOptions {
  readonly authenticator: Authenticator;
}

const longestHeader = 512;

/** The secret of `Authorization: Bearer <secret>`; undefined where there is none. */
export function bearerOf(request: Pick<FastifyRequest, 'headers'>): string | undefined {
  const header = request.headers.authorization;
  if (header === undefined || header.length > longestHeader) return undefined;
  return /^bearer +([\x21-\x7e]+) *$/iu.exec(header)?.[1];
}

/** Throws UNAUTHENTICATED where the request proves nothing. */
export async function authenticate(authenticator: Authenticator, request: FastifyRequest): Promise<Principal> {
  const presented = bearerOf(request);
  const principal = presented === undefined ? undefined : await authenticator.authenticate(presented);
  if (principal === undefined) throw new ApiError('UNAUTHENTICATED');
  return principal;
}

/** Throws FORBIDDEN where the caller may not make this call. */
export function authorize(principal: Principal, route: Pick<Route, 'auth' | 'scope'>): void {
  if (route.auth === 'operator' && principal.role !== 'operator') throw new ApiError('FORBIDDEN', { required_role: 'operator' });
  if (principal.scopes === null || route.scope === null) return;
  if (!scopeCovers(principal.scopes, route.scope)) throw new ApiError('FORBIDDEN', { required_scope: route.scope });
}

export const authenticationPlugin = fastifyPlugin((server, { authenticator }: AuthenticationOptions, done) => {
  server.decorateRequest('principal', null);
  server.addHook('onRequest', async (request) => {
    const { route, isPublic } = request.routeOptions.config;
    // What has no route is answered as such; it holds nothing to protect.
    if (request.is404 || route?.auth === 'public' || isPublic === true) return;
    request.principal = await authenticate(authenticator, request);
    if (route !== undefined) authorize(request.principal, route);
  });
  done();
});
