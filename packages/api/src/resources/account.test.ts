import { describe, expect, it } from 'vitest';
import { signInSchema, signUpSchema } from './account.js';
import { createTokenSchema, scopeCovers, type Scope } from './token.js';

describe('a sign-up', () => {
  it('takes an address, a password and a name', () => {
    expect(signUpSchema.parse({ email: ' Ada@Example.org ', password: 'long enough', name: ' Ada ' })).toEqual({
      email: 'Ada@Example.org', password: 'long enough', name: 'Ada',
    });
  });

  it.each([
    ['no address', { password: 'long enough', name: 'Ada' }],
    ['something else than an address', { email: 'ada', password: 'long enough', name: 'Ada' }],
    ['an operator as the address', { email: { $gt: '' }, password: 'long enough', name: 'Ada' }],
    ['a short password', { email: 'a@example.org', password: 'short', name: 'Ada' }],
    ['a password too long to hash', { email: 'a@example.org', password: 'x'.repeat(257), name: 'Ada' }],
    ['a role', { email: 'a@example.org', password: 'long enough', name: 'Ada', role: 'operator' }],
  ])('refuses %s', (_, body) => {
    expect(signUpSchema.safeParse(body).success).toBe(false);
  });
});

describe('a sign-in', () => {
  it('refuses an operator as the password', () => {
    expect(signInSchema.safeParse({ email: 'a@example.org', password: { $ne: '' } }).success).toBe(false);
  });
});

describe('scopes', () => {
  it.each<[readonly Scope[], Scope, boolean]>([
    [['databases:read'], 'databases:read', true],
    [['databases:read'], 'databases:write', false],
    [['databases:*'], 'databases:connect', true],
    [['databases:*'], 'apps:read', false],
    [['admin'], 'databases:read', false],
    [[], 'account:read', false],
  ])('%j covers %s: %s', (granted, needed, expected) => {
    expect(scopeCovers(granted, needed)).toBe(expected);
  });

  it('are from the list', () => {
    expect(createTokenSchema.safeParse({ name: 'ci', scopes: ['everything'] }).success).toBe(false);
    expect(createTokenSchema.safeParse({ name: 'ci', scopes: [] }).success).toBe(false);
  });
});
