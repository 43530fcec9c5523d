import { describe, expect, it } from 'vitest';
import { accessOf, writeBlockOf } from './database-access.js';

type Entry = Parameters<typeof writeBlockOf>[0];

describe('what the credentials of a database may do, and why they cannot write', () => {
  it.each<[string, Partial<Entry>, string, string | null]>([
    ['a database like any other', {}, 'full', null],
    ['one that is nearly full', { quota_level: 'above_95_percent' }, 'full', null],
    ['one over its quota', { quota_level: 'exceeded' }, 'making_room', 'quota_exceeded'],
    ['one that is being moved', { status: 'migrating' }, 'full', 'moving'],
    ['one over its quota that is being moved', { status: 'migrating', quota_level: 'exceeded' }, 'making_room', 'quota_exceeded'],
    ['one whose data was moved', { is_frozen: true, quota_level: 'exceeded' }, 'reading', 'moved'],
    ['one whose owner is disabled', { is_suspended: true, is_frozen: true, quota_level: 'exceeded' }, 'none', 'suspended'],
    ['one that is deleted, which its status says', { status: 'deleting' }, 'full', null],
  ])('%s', (_, fields, access, block) => {
    const entry: Entry = { status: 'active', ...fields };
    expect([accessOf(entry), writeBlockOf(entry)]).toEqual([access, block]);
  });
});
