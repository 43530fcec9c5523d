// What operators do for the whole platform.
import { accountSchema, createUserSchema } from '../resources/account.js';
import { defineRoute } from '../route.js';

export const adminRoutes = {
  createUser: defineRoute({
    name: 'admin.createUser', method: 'POST', path: '/api/admin/users', auth: 'operator', scope: 'admin', body: createUserSchema,
    responses: { 201: accountSchema }, errors: ['EMAIL_TAKEN'], summary: 'Make an account for somebody', description: 'The only way to make further operators.',
  }),
};
