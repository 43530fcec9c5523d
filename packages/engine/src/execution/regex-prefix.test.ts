import { describe, expect, it } from 'vitest';
import { regexPrefix } from './regex-prefix.js';

const cases: readonly (readonly [pattern: string, options: string, prefix: string | undefined])[] = [
  ['^abc', '', 'abc'],
  ['^abc.*', '', 'abc'],
  ['^abc*', '', 'ab'],
  ['^a\\.b', '', 'a.b'],
  ['^a\\db', '', 'a'],
  ['\\Aab', '', 'ab'],
  ['^ab{2}', '', 'a'],
  ['^ab?', '', 'a'],
  ['^ab+', '', 'ab'],
  ['abc', '', undefined],
  ['^abc|d', '', undefined],
  ['^abc', 'i', undefined],
  ['^abc', 'm', undefined],
  ['^(abc)', '', undefined],
  ['^é😀', '', 'é😀'],
  ['^', '', undefined],
];

describe('regexPrefix', () => {
  it.each(cases)('of /%s/%s is %s', (pattern, options, prefix) => {
    expect(regexPrefix(pattern, options)).toBe(prefix);
  });
});
