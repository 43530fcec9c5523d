import { describe, expect, it } from 'vitest';
import { databaseEntry } from './database-entry.fixture.js';
import { decideDeletion, purgeTime, type BoundApp, type DeletionRequestRules } from './deletion.js';

const main = databaseEntry({ id: 'main' });
const other = databaseEntry({ id: 'other' });
const gone = databaseEntry({ id: 'gone', status: 'deleting' });

function app(id: string, databaseId: string | null): BoundApp {
  return { id, name: `app ${id}`, status: 'running', databaseId };
}

function decide(changes: Partial<DeletionRequestRules>): ReturnType<typeof decideDeletion> {
  return decideDeletion({
    databaseId: 'other', databases: [main, other, gone], defaultDatabaseId: 'main', apps: [], onApps: 'refuse', targetDatabaseId: null, newDefaultDatabaseId: null, ...changes,
  });
}

describe('a deletion', () => {
  it('of a database that nothing uses is allowed', () => {
    expect(decide({})).toEqual({ kind: 'allowed', isDefault: false, newDefaultDatabaseId: null, reboundAppIds: [], reboundTo: null, movedAppIds: [] });
  });

  it('of a database that apps use is refused with the apps', () => {
    expect(decide({ apps: [app('a', 'other'), app('b', 'main'), app('c', null)] })).toEqual({ kind: 'in_use', apps: [app('a', 'other')] });
  });

  it('detaches the apps, which use the default from then on', () => {
    expect(decide({ apps: [app('a', 'other')], onApps: 'detach' })).toMatchObject({ kind: 'allowed', reboundAppIds: ['a'], reboundTo: null, movedAppIds: [] });
  });

  it('moves the apps to the database that is named', () => {
    expect(decide({ apps: [app('a', 'other')], onApps: 'move', targetDatabaseId: 'main' }))
      .toMatchObject({ kind: 'allowed', reboundAppIds: ['a'], reboundTo: 'main', movedAppIds: ['a'] });
  });

  it.each([['itself', 'other'], ['a deleted database', 'gone'], ['a database that is not there', 'nowhere'], ['nothing', null]])('refuses to move apps to %s', (_what, targetDatabaseId) => {
    expect(decide({ apps: [app('a', 'other')], onApps: 'move', targetDatabaseId })).toEqual({ kind: 'target_unusable', targetDatabaseId });
  });

  it('of the default database needs a new default while there are others', () => {
    expect(decide({ databaseId: 'main' })).toEqual({ kind: 'default_required', candidates: ['other'] });
  });

  it('of the default database makes the one that takes its apps the new default', () => {
    expect(decide({ databaseId: 'main', apps: [app('a', null), app('b', 'main')], onApps: 'move', targetDatabaseId: 'other' }))
      .toMatchObject({ kind: 'allowed', isDefault: true, newDefaultDatabaseId: 'other', reboundAppIds: ['b'], movedAppIds: ['a', 'b'] });
  });

  it('of the last database is allowed', () => {
    expect(decide({ databaseId: 'main', databases: [main, gone] })).toMatchObject({ kind: 'allowed', isDefault: true, newDefaultDatabaseId: null });
  });

  it('counts the apps that use the default by naming none', () => {
    expect(decide({ databaseId: 'main', databases: [main], apps: [app('a', null)] })).toEqual({ kind: 'in_use', apps: [app('a', null)] });
  });

  it.each(['provisioning', 'migrating', 'deleting'] as const)('of a database that is %s is refused', (status) => {
    expect(decide({ databases: [main, databaseEntry({ id: 'other', status })] })).toEqual({ kind: 'not_deletable', status });
  });

  it('of a database that failed is allowed', () => {
    expect(decide({ databases: [main, databaseEntry({ id: 'other', status: 'failed' })] })).toMatchObject({ kind: 'allowed' });
  });

  it('is final after seven days', () => {
    expect(purgeTime(new Date('2026-02-25T12:00:00Z'))).toEqual(new Date('2026-03-04T12:00:00Z'));
  });
});
