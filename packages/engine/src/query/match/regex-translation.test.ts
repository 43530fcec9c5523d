import { describe, expect, it } from 'vitest';
import { translateRegex } from './regex-translation.js';

describe('a PCRE pattern', () => {
  it.each<[pattern: string, options: string, matching: string[], others: string[]]>([
    ['^abc$', '', ['abc', 'abc\n'], ['xabc', 'abcd', 'abc\n\n']],
    ['^b$', 'm', ['a\nb\nc', 'b'], ['ab']],
    ['a.c', '', ['abc', 'a\rc'], ['a\nc']],
    ['a.c', 's', ['a\nc'], ['ac']],
    ['ABC', 'i', ['abc', 'aBc'], ['ab']],
    ['é', 'i', ['É'], ['e']],
    ['a b # comment\n c', 'x', ['abc'], ['a b c']],
    ['a\\ b', 'x', ['a b'], ['ab']],
    ['(?i)abc', '', ['ABC'], []],
    ['^(?i)abc', '', ['ABC'], ['xABC']],
    ['(?s)a.c', '', ['a\nc'], []],
    ['\\Aabc\\z', 'm', ['abc'], ['x\nabc', 'abc\n']],
    ['abc\\Z', '', ['abc', 'abc\n'], ['abcd']],
    ['\\Qa.b*\\E+', '', ['a.b**'], ['aab']],
    ['[[:alpha:]_]+[[:digit:]]$', '', ['ab_1'], ['1a']],
    ['[\\s\\S]', '', ['\n', 'x'], []],
    ['[^\\s]', '', ['x'], [' ', '\t']],
    ['[]a]', '', [']', 'a'], ['b']],
    ['[a\\-z]', '', ['-', 'z'], ['b']],
    ['\\x41\\x{42}\\103?', '', ['AB'], ['ab']],
    ['\\p{Lu}\\p{Greek}', '', ['Aα'], ['aα']],
    ['(?<word>\\w+) \\k<word>', '', ['ab ab'], ['ab cd']],
    ['(?P<word>\\w+)', '', ['ab'], []],
    ['(a)\\1', '', ['aa'], ['ab']],
    ['a{2,3}', '', ['aa'], ['a']],
    ['a{x}', '', ['a{x}'], ['aa']],
    ['a(?#comment)b', '', ['ab'], []],
    ['user@example\\.com', '', ['user@example.com'], ['user@exampleXcom']],
    ['a/b', '', ['a/b'], ['ab']],
    ['(?<=a)b(?!c)', '', ['ab'], ['abc', 'b']],
    ['.*?x', '', ['aax'], ['a']],
    ['\\.\\_\\-\\@\\"', '', ['._-@"'], []],
    ['^.$', '', ['😀'], ['ab']],
    ['a|', '', ['', 'b'], []],
  ])('/%s/%s', (pattern, options, matching, others) => {
    const expression = translateRegex(pattern, options);
    for (const text of matching) expect(expression.test(text), JSON.stringify(text)).toBe(true);
    for (const text of others) expect(expression.test(text), JSON.stringify(text)).toBe(false);
  });

  it('that is too long is refused', () => {
    expect(() => translateRegex('a'.repeat(32_765), '')).toThrow(expect.objectContaining({ code: 51091, message: 'Regular expression is invalid: regular expression is too large' }));
    expect(translateRegex('a'.repeat(32_764), '').test('a')).toBe(false);
  });

  it.each([['(', ''], ['[a', ''], ['a**', ''], ['a++', ''], ['(?>a)', ''], ['a(?i)b', ''], ['\\', ''], ['[[:foo:]]', ''], ['\\y', '']])('/%s/%s is refused with 51091', (pattern, options) => {
    expect(() => translateRegex(pattern, options)).toThrow(expect.objectContaining({ code: 51091, message: expect.stringMatching(/^Regular expression is invalid: /) }));
  });
});
