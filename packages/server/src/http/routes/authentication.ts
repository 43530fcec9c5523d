// Signing up, in and out, and who one is.
import { routes } from '@freehold/api';
import type { FastifyInstance } from 'fastify';
import type { HttpDependencies } from '../dependencies.js';
import { handle, requestFrom as from } from '../route-call.js';

export function registerAuthenticationRoutes(server: FastifyInstance, { accounts }: Pick<HttpDependencies, 'accounts'>): void {
  handle(server, routes.authentication.signUp, async ({ body, request }) => ({ status: 200, body: await accounts.signUp(body, from(request)) }));
  handle(server, routes.authentication.signIn, async ({ body, request }) => ({ status: 200, body: await accounts.signIn(body, from(request)) }));
  handle(server, routes.authentication.signOut, async ({ actor }) => {
    await accounts.signOut(actor);
    return { status: 204 };
  });
  handle(server, routes.authentication.me, async ({ actor }) => ({ status: 200, body: await accounts.me(actor) }));
}
