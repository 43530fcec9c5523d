// Signing up, in and out, and who one is.
import { accountSchema, signedInSchema, signInSchema, signUpSchema } from '../resources/account.js';
import { defineRoute } from '../route.js';

const ofAnybody = ['RATE_LIMITED', 'INTERNAL_ERROR', 'SERVICE_UNAVAILABLE'] as const;

export const authenticationRoutes = {
  signUp: defineRoute({
    name: 'authentication.signUp', method: 'POST', path: '/api/auth/sign-up/email', auth: 'public', body: signUpSchema,
    responses: { 200: signedInSchema }, errors: ['EMAIL_TAKEN', ...ofAnybody],
    summary: 'Make an account', description: 'Makes an account and signs it in.',
  }),
  signIn: defineRoute({
    name: 'authentication.signIn', method: 'POST', path: '/api/auth/sign-in/email', auth: 'public', body: signInSchema,
    responses: { 200: signedInSchema }, errors: ['INVALID_CREDENTIALS', 'ACCOUNT_LOCKED', ...ofAnybody],
    summary: 'Sign in',
    description: 'Answers a session token, valid for 30 days from its last use. Failed attempts lock the account for the address they came from, longer each time: `ACCOUNT_LOCKED`, with `retry_after_seconds`. ' +
      'A disabled account answers as a wrong password does; an operator sees in the audit log that somebody tried.',
  }),
  signOut: defineRoute({
    name: 'authentication.signOut', method: 'POST', path: '/api/auth/sign-out', auth: 'user',
    responses: { 204: null }, summary: 'Sign out', description: 'Ends the session whose token is presented.',
  }),
  me: defineRoute({
    name: 'authentication.me', method: 'GET', path: '/api/me', auth: 'user', scope: 'account:read',
    responses: { 200: accountSchema }, summary: 'Show my account',
  }),
};
