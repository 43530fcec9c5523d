import { describe, expect, it } from 'vitest';
import { databaseEntry } from './database-entry.fixture.js';
import { databaseStatuses } from './database-entry.js';
import { mayBecome, statusesBefore } from './database-status.js';
import { defaultFaultOf, resolveDefaultDatabase } from './default-database.js';
import { confirmsDeletion, deletionState, type ConfirmToken } from './confirm-token.js';
import { planCredential, tenantRoles, type ObservedCredential } from './credential-plan.js';
import { decideCreation, decideSize } from './quota.js';

describe('what a user\'s document says of the default', () => {
  const [named, other] = [databaseEntry({ id: 'a', is_default: true }), databaseEntry({ id: 'b', is_default: false })];

  it.each([
    ['is right where its database alone has the flag', [named, other], 'a', undefined],
    ['is right where it is being made', [databaseEntry({ id: 'a', is_default: true, status: 'provisioning' })], 'a', undefined],
    ['is right where it names none, and no flag does', [other], null, undefined],
    ['names a database that is not there', [named, other], 'gone', { kind: 'dangling' }],
    ['names one that is deleted', [databaseEntry({ id: 'a', is_default: true, status: 'deleting' }), other], 'a', { kind: 'dangling' }],
    ['names one, and another has the flag', [named, other], 'b', { kind: 'flag_wrong', flagged: ['a'] }],
    ['names none, and one has the flag', [named], null, { kind: 'flag_wrong', flagged: ['a'] }],
  ])('%s', (_, databases, defaultDatabaseId, fault) => {
    expect(defaultFaultOf({ databases, defaultDatabaseId })).toEqual(fault);
  });
});

describe('the default database', () => {
  const first = databaseEntry({ id: 'first', status: 'deleting' });
  const second = databaseEntry({ id: 'second' });
  const third = databaseEntry({ id: 'third' });

  it.each([
    ['is the one that is named', [second, third], 'third', 'third'],
    ['falls back to the first active one where the named one is deleted', [first, second, third], 'first', 'second'],
    ['falls back where the named one is not there', [first, second, third], 'nowhere', 'second'],
    ['falls back where none is named', [first, second, third], null, 'second'],
    ['is none where none is active', [first], 'first', undefined],
    ['is none where there is none at all', [], null, undefined],
  ])('%s (R1.2)', (_what, databases, named, expected) => {
    expect(resolveDefaultDatabase(databases, named)?.id).toBe(expected);
  });
});

describe('the status of a database', () => {
  it('changes along the allowed ways only', () => {
    const ways = databaseStatuses.flatMap((from) => databaseStatuses.filter((to) => mayBecome(from, to)).map((to) => `${from} -> ${to}`));
    expect(ways).toEqual([
      'provisioning -> active', 'provisioning -> failed', 'active -> migrating', 'active -> deleting', 'migrating -> active', 'migrating -> failed',
      'deleting -> active', 'failed -> deleting',
    ]);
  });

  it('tells from where it can be reached', () => {
    expect(statusesBefore('deleting')).toEqual(['active', 'failed']);
  });
});

describe('a confirm token', () => {
  const now = new Date('2026-01-01T00:00:00Z');
  const token: ConfirmToken = { tokenHash: 'h', userId: 'u', databaseId: 'd', stateHash: 's', expiresAt: new Date('2026-01-01T00:10:00Z') };

  it.each([
    ['the same user, database and state', 'u', 'd', 's', now, true],
    ['another user', 'x', 'd', 's', now, false],
    ['another database', 'u', 'x', 's', now, false],
    ['another state', 'u', 'd', 'x', now, false],
    ['a time after its end', 'u', 'd', 's', token.expiresAt, false],
  ])('for %s confirms: %s', (_what, userId, databaseId, stateHash, at, isConfirmed) => {
    expect(confirmsDeletion(token, { userId, databaseId, stateHash }, at)).toBe(isConfirmed);
  });

  it('agrees to the name, the environment and the apps that were seen', () => {
    const seen = deletionState(databaseEntry(), [{ id: 'a', name: 'a', status: 'running', databaseId: null }]);
    expect(deletionState(databaseEntry({ name: 'renamed' }), [{ id: 'a', name: 'a', status: 'running', databaseId: null }])).not.toBe(seen);
    expect(deletionState(databaseEntry(), [])).not.toBe(seen);
    expect(deletionState(databaseEntry({ current_size_mb: 5 }), [{ id: 'a', name: 'b', status: 'stopped', databaseId: null }])).toBe(seen);
  });
});

describe('quotas', () => {
  const used = databaseEntry({ current_size_mb: 60, quota_mb: 80 });

  it.each([
    ['nothing is limited', [used], null, { totalQuotaMb: null, largestDatabaseCount: 2 }, 'within'],
    ['there are too many databases', [used, used], null, { totalQuotaMb: null, largestDatabaseCount: 2 }, 'database_count'],
    ['the total is used up', [used], null, { totalQuotaMb: 60, largestDatabaseCount: 2 }, 'total_size'],
    ['more would be promised than there is', [used], 30, { totalQuotaMb: 100, largestDatabaseCount: 2 }, 'promised_size'],
    ['what is held without a promise leaves too little', [databaseEntry({ current_size_mb: 60 })], 50, { totalQuotaMb: 100, largestDatabaseCount: 2 }, 'promised_size'],
    ['the promise fits', [used], 20, { totalQuotaMb: 100, largestDatabaseCount: 2 }, 'within'],
  ])('where %s', (_what, databases, quotaMb, quotas, expected) => {
    const decision = decideCreation(databases, quotaMb, quotas);
    expect(decision.kind === 'within' ? 'within' : decision.quota).toBe(expected);
  });

  it('name the limit and the use', () => {
    expect(decideSize([used], 30, 100)).toEqual({ kind: 'exceeded', quota: 'promised_size', limit: 100, used: 110 });
  });
});

describe('the plan for a credential', () => {
  const roles = tenantRoles('user_u_d');
  const present: ObservedCredential = { state: 'present', roles: [...roles].reverse(), owner: null };
  const weak: ObservedCredential = { state: 'present', roles: roles.slice(1), owner: null };

  it.each([
    ['active', present, 'nothing'], ['active', weak, 'set_roles'], ['active', { state: 'absent' }, 'create_user'], ['active', { state: 'unknown' }, 'wait'],
    ['deleting', present, 'drop_user'], ['deleting', { state: 'absent' }, 'nothing'], ['deleting', { state: 'unknown' }, 'wait'],
    ['failed', present, 'drop_user'], ['provisioning', { state: 'absent' }, 'wait'], ['migrating', present, 'wait'],
  ] as const)('of a database that is %s, seeing %o, is to %s', (status, observed, expected) => {
    expect(planCredential({ status, mongoDatabase: 'user_u_d', isOverQuota: false }, observed).kind).toBe(expected);
  });
});
