import { describe, expect, it } from 'vitest';
import { lengthWithin, readBacktracking, stepsOf } from './backtracking.js';

describe('a search', () => {
  it.each<[pattern: string, stepsOfHundred: number]>([
    ['abc', 101],
    ['^abc$', 1],
    ['^abc.*', 1],
    ['^a.*b', 101],
    ['a.*b', 101 ** 2],
    ['.*a.*b', 101 ** 3],
    ['^a?b', 2],
    ['^a{2,5}b', 4],
    ['^a{7}b', 1],
    ['^[*+]\\*\\p{Lu}x', 1],
    ['^(?:abc)+x', 101],
    ['^(a)\\1x', 101],
    ['^ab(?=\\n?$)', 2],
    ['^a|b', 101],
  ])('for %s in a text of a hundred characters is polynomial', (pattern, steps) => {
    expect(stepsOf(readBacktracking(pattern), 100)).toBe(steps);
  });

  it.each([['abc', 999], ['a.*b', 30], ['(a+)+', 9]])('for %s stays within a thousand steps in texts of up to %d characters', (pattern, length) => {
    expect(lengthWithin(readBacktracking(pattern), 1000)).toBe(length);
  });

  it.each(['(a+)+$', '^(a|aa)+$', '(?:a?){30}b', '((a*)b?)*c', '(?<x>[a-z]+\\.)+!'])('for %s is exponential', (pattern) => {
    expect(stepsOf(readBacktracking(pattern), 100)).toBe(2 ** 100);
  });
});
