// API tokens.
import * as z from 'zod';
import { resourceId } from '../resources/primitives.js';
import { createdTokenSchema, createTokenSchema, listTokensQuerySchema, tokenPageSchema } from '../resources/token.js';
import { defineRoute } from '../route.js';

export const tokenRoutes = {
  create: defineRoute({
    name: 'tokens.create', method: 'POST', path: '/api/tokens', auth: 'user', scope: 'tokens:write', body: createTokenSchema,
    responses: { 201: createdTokenSchema }, errors: ['LIMIT_REACHED'], summary: 'Make an API token',
    description: 'The secret is in this answer and nowhere else. A token can only grant scopes that its maker has.',
  }),
  list: defineRoute({
    name: 'tokens.list', method: 'GET', path: '/api/tokens', auth: 'user', scope: 'tokens:read', query: listTokensQuerySchema,
    responses: { 200: tokenPageSchema }, summary: 'List my API tokens',
  }),
  revoke: defineRoute({
    name: 'tokens.revoke', method: 'DELETE', path: '/api/tokens/{id}', auth: 'user', scope: 'tokens:write',
    params: z.strictObject({ id: resourceId }), notFound: 'TOKEN_NOT_FOUND',
    responses: { 204: null }, summary: 'Revoke an API token', description: 'It stops working within seconds.',
  }),
};
