import { describe, expect, it } from 'vitest';
import { createDatabaseSchema, deleteDatabaseQuerySchema, listDatabasesQuerySchema, reservedDatabaseNames, rotateCredentialsSchema, updateDatabaseSchema } from './database.js';

describe('a request to create a database', () => {
  it('trims the name and fills in the environment', () => {
    expect(createDatabaseSchema.parse({ name: '  My shop_1-a ' })).toEqual({ name: 'My shop_1-a', environment: 'development' });
  });

  it.each([
    ['the shortest name', { name: 'a' }],
    ['the longest name', { name: 'x'.repeat(50) }],
    ['a name that is too long only before it is trimmed', { name: `${' '.repeat(9)}${'x'.repeat(50)}` }],
    ['a name that holds a reserved one', { name: 'admin 2' }],
    ['every field', { name: 'shop', description: 'd'.repeat(500), environment: 'production', is_default: true, quota_mb: 512 }],
  ])('takes %s', (_, body) => {
    expect(createDatabaseSchema.safeParse(body).success).toBe(true);
  });

  it.each([
    ['no name', {}],
    ['an empty name', { name: '' }],
    ['a name of spaces', { name: '   ' }],
    ['a name of 51 characters', { name: 'x'.repeat(51) }],
    ['a name with a slash', { name: 'a/b' }],
    ['a name with a dot', { name: 'a.b' }],
    ['a name with a line break', { name: 'a\nb' }],
    ['a name with a letter outside ASCII', { name: 'läden' }],
    ['an operator where the name belongs', { name: { $gt: '' } }],
    ['a list where the name belongs', { name: ['shop'] }],
    ['a number where the name belongs', { name: 7 }],
    ['null where the name belongs', { name: null }],
    ['a description of 501 characters', { name: 'shop', description: 'd'.repeat(501) }],
    ['an operator where the description belongs', { name: 'shop', description: { $ne: null } }],
    ['an unknown environment', { name: 'shop', environment: 'prod' }],
    ['text where the default flag belongs', { name: 'shop', is_default: 'true' }],
    ['a quota of nothing', { name: 'shop', quota_mb: 0 }],
    ['a quota of half a megabyte', { name: 'shop', quota_mb: 0.5 }],
    ['an unknown field', { name: 'shop', status: 'active' }],
    ['a field of the entry that callers do not set', { name: 'shop', mongo_username: 'root' }],
    ['a list', ['shop']],
  ])('refuses %s', (_, body) => {
    expect(createDatabaseSchema.safeParse(body).success).toBe(false);
  });

  it.each(reservedDatabaseNames.flatMap((name) => [name, name.toUpperCase(), ` ${name} `]))('refuses the reserved name "%s"', (name) => {
    expect(createDatabaseSchema.safeParse({ name }).success).toBe(false);
  });
});

describe('a request to change a database', () => {
  it.each([
    ['one field', { name: 'new name' }],
    ['taking the quota away', { quota_mb: null }],
    ['taking the description away', { description: null }],
  ])('takes %s', (_, body) => {
    expect(updateDatabaseSchema.safeParse(body).success).toBe(true);
  });

  it.each([
    ['nothing at all', {}],
    ['a reserved name', { name: 'Local' }],
    ['an unknown field', { id: 'x' }],
    ['an operator', { $set: { status: 'active' } }],
  ])('refuses %s', (_, body) => {
    expect(updateDatabaseSchema.safeParse(body).success).toBe(false);
  });
});

describe('the query of a list', () => {
  it('has defaults, and turns text into values', () => {
    expect(listDatabasesQuerySchema.parse({})).toEqual({ limit: 20, offset: 0, sort: 'created_at' });
    expect(listDatabasesQuerySchema.parse({ limit: '5', offset: '10', is_default: 'false', sort: '-name' })).toEqual({
      limit: 5, offset: 10, is_default: false, sort: '-name',
    });
  });

  it.each([
    { limit: '0' }, { limit: '101' }, { limit: '1e2' }, { limit: '' }, { limit: ['1', '2'] }, { offset: '-1' }, { is_default: 'yes' },
    { sort: 'password' }, { status: { $ne: 'x' } }, { 'search[$regex]': '.*' }, { environment: '' },
  ])('refuses %j', (query) => {
    expect(listDatabasesQuerySchema.safeParse(query).success).toBe(false);
  });
});

describe('the other requests', () => {
  it('rotates with a grace time or immediately, not both', () => {
    expect(rotateCredentialsSchema.parse({})).toEqual({});
    expect(rotateCredentialsSchema.safeParse({ mode: 'immediate', grace_seconds: 0 }).success).toBe(true);
    expect(rotateCredentialsSchema.safeParse({ mode: 'immediate', grace_seconds: 1 }).success).toBe(false);
    expect(rotateCredentialsSchema.safeParse({ grace_seconds: 604_801 }).success).toBe(false);
  });

  it('moves apps only to a database that is named', () => {
    expect(deleteDatabaseQuerySchema.safeParse({ on_apps: 'move' }).success).toBe(false);
    expect(deleteDatabaseQuerySchema.safeParse({ on_apps: 'move', target_database_id: 'ab12cd34' }).success).toBe(true);
    expect(deleteDatabaseQuerySchema.safeParse({ on_apps: 'detach' }).success).toBe(true);
  });
});
