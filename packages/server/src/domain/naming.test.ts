import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alternateUsername, databaseIdFromUuid, databaseNameKey, isDatabaseId, isMongoDatabaseName, longestMongoUsername, mongoNames } from './naming.js';

describe('database ids', () => {
  it('are the first 8 hexadecimal digits of a UUID', () => {
    expect(databaseIdFromUuid('9F1C2A3b-0000-4000-8000-000000000000')).toBe('9f1c2a3b');
  });

  it('are not made from anything else', () => {
    expect(() => databaseIdFromUuid('not-a-uuid')).toThrow('a database id is made from a UUID');
  });

  it.each([
    ['9f1c2a3b', true], ['default', true], ['A-b_9', true], ['a'.repeat(32), true],
    ['a'.repeat(33), false], ['', false], ['a.b', false], ['a b', false], ['../x', false], ['a\n', false], ['ä', false],
  ])('of the form %j are accepted: %s', (text, isAccepted) => {
    expect(isDatabaseId(text)).toBe(isAccepted);
  });
});

describe('names that people give', () => {
  it('are the same in upper and lower case', () => {
    expect(databaseNameKey('My Shop')).toBe(databaseNameKey('mY sHOP'));
  });
});

describe('names in MongoDB', () => {
  it('name the user and the database after both ids', () => {
    expect(mongoNames('65a000000000000000000001', '9f1c2a3b')).toEqual({
      database: 'user_65a000000000000000000001_9f1c2a3b', username: 'user_65a000000000000000000001_9f1c2a3b',
    });
  });

  it('of credentials that replace each other alternate', () => {
    expect(alternateUsername('user_u_d')).toBe('user_u_d_b');
    expect(alternateUsername('user_u_d_b')).toBe('user_u_d');
  });

  it('fit the limits of MongoDB with the longest id of a database', () => {
    const { username, database } = mongoNames('f'.repeat(24), 'd'.repeat(32));
    expect(alternateUsername(username).length).toBeLessThanOrEqual(longestMongoUsername);
    expect(isMongoDatabaseName(database)).toBe(true);
  });

  it('are refused where they would be too long or unsafe', () => {
    expect(() => mongoNames('f'.repeat(40), 'd'.repeat(32))).toThrow('longer than 64');
    expect(() => mongoNames('u', 'a.b')).toThrow('not a database id');
    expect(() => mongoNames('a/b', 'abc')).toThrow('would not be accepted');
  });

  it.each(Array.from('/\\. "$*<>:|?\0'))('may not contain %j', (character) => {
    expect(isMongoDatabaseName(`a${character}b`)).toBe(false);
  });

  it('are counted in bytes', () => {
    expect(isMongoDatabaseName('ä'.repeat(31))).toBe(true);
    expect(isMongoDatabaseName('ä'.repeat(32))).toBe(false);
    expect(isMongoDatabaseName('')).toBe(false);
  });

  it('of different databases differ in any case', () => {
    const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
    fc.assert(fc.property(hex(24), hex(8), hex(24), hex(8), (userA, databaseA, userB, databaseB) => {
      fc.pre(userA !== userB || databaseA !== databaseB);
      expect(mongoNames(userA, databaseA).database.toLowerCase()).not.toBe(mongoNames(userB, databaseB).database.toLowerCase());
    }));
  });
});
