import { describe, expect, it } from 'vitest';
import { databaseEntry } from './database-entry.fixture.js';
import { decideQuotaLevel, warningsBetween } from './quota-level.js';

const entry = (id: string, current_size_mb: number, quota_mb: number | null) => databaseEntry({ id, current_size_mb, quota_mb });

describe('the level of a database', () => {
  it.each([
    ['has no quota', entry('a', 1000, null), [], null, 'normal'],
    ['holds little', entry('a', 79.9, 100), [], null, 'normal'],
    ['holds 80 percent', entry('a', 80, 100), [], null, 'above_80_percent'],
    ['holds 95 percent', entry('a', 95, 100), [], null, 'above_95_percent'],
    ['is exactly full', entry('a', 100, 100), [], null, 'above_95_percent'],
    ['holds more than it may', entry('a', 100.001, 100), [], null, 'exceeded'],
    ['shares a total that is nearly used', entry('a', 1, null), [entry('b', 80, null)], 100, 'above_80_percent'],
    ['shares a total that is used up', entry('a', 1, null), [entry('b', 100, null)], 100, 'exceeded'],
    ['was promised room that a neighbour took', entry('a', 1, 10), [entry('b', 100, null)], 100, 'normal'],
    ['was promised more than there is', entry('a', 1, 60), [entry('b', 100, 60)], 100, 'exceeded'],
    ['is over its own quota though the total is not used', entry('a', 11, 10), [entry('b', 1, null)], 100, 'exceeded'],
  ] as const)('that %s', (_what, database, others, totalQuotaMb, expected) => {
    expect(decideQuotaLevel(database, { databases: [database, ...others], totalQuotaMb })).toBe(expected);
  });

  it('is decided for each of very many, adding them up once', () => {
    let additions = 0;
    const databases = Array.from({ length: 1000 }, (_, index) => Object.defineProperty(entry(String(index), 1, null), 'current_size_mb', { get: () => {
      additions += 1;
      return 1;
    } }));
    expect(databases.map((database) => decideQuotaLevel(database, { databases, totalQuotaMb: 900 }))).toEqual(databases.map(() => 'exceeded'));
    expect(additions).toBe(databases.length);
  });

  it('is warned of once for each mark that is passed on the way up', () => {
    expect(warningsBetween('normal', 'above_80_percent')).toEqual(['above_80_percent']);
    expect(warningsBetween('normal', 'exceeded')).toEqual(['above_80_percent', 'above_95_percent']);
    expect(warningsBetween('above_95_percent', 'exceeded')).toEqual([]);
    expect(warningsBetween('exceeded', 'normal')).toEqual([]);
  });
});
