import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate, failure } from './evaluate.fixture.js';

describe('strings', () => {
  it.each([
    [{ $concat: ['a', 'b'] }, 'ab'],
    [{ $concat: ['a', null] }, null],
    [{ $toLower: 'ÀBC' }, 'Àbc'],
    [{ $toUpper: 'straße' }, 'STRAßE'],
    [{ $toUpper: '$none' }, ''],
    [{ $toLower: 12 }, '12'],
    [{ $strLenBytes: 'cafétéria' }, 11],
    [{ $strLenCP: 'cafétéria' }, 9],
    [{ $strLenCP: '寿司😀' }, 3],
    [{ $strcasecmp: ['Apple', 'apple'] }, 0],
    [{ $strcasecmp: ['a', null] }, 1],
    [{ $split: ['a-b--c', '-'] }, ['a', 'b', '', 'c']],
    [{ $split: [null, '-'] }, null],
    [{ $substrBytes: ['apple', 1, 3] }, 'ppl'],
    [{ $substrBytes: ['apple', 1, -1] }, 'pple'],
    [{ $substrBytes: ['apple', 9, 1] }, ''],
    [{ $substr: [1234, 0, 2] }, '12'],
    [{ $substrCP: ['寿司sushi', 1, 2] }, '司s'],
    [{ $indexOfBytes: ['cafeteria', 'e'] }, 3],
    [{ $indexOfBytes: ['cafétéria', 'é'] }, 3],
    [{ $indexOfBytes: ['cafétéria', 't'] }, 5],
    [{ $indexOfBytes: ['foobar', 'b', 4] }, -1],
    [{ $indexOfCP: ['cafétéria', 't'] }, 4],
    [{ $indexOfCP: ['foo.bar.fi', '.', 5] }, 7],
    [{ $indexOfCP: [null, 'x'] }, null],
    [{ $trim: { input: ' \n good  bye \t ' } }, 'good  bye'],
    [{ $trim: { input: 'ggggoodbyeee', chars: 'ge' } }, 'oodby'],
    [{ $ltrim: { input: '  x ' } }, 'x '],
    [{ $rtrim: { input: '  x ' } }, '  x'],
    [{ $trim: { input: '$none' } }, null],
    [{ $replaceOne: { input: 'a.b.c', find: '.', replacement: '-' } }, 'a-b.c'],
    [{ $replaceAll: { input: 'a.b.c', find: '.', replacement: '-' } }, 'a-b-c'],
    [{ $replaceAll: { input: 'abc', find: 'b', replacement: null } }, null],
    [{ $replaceOne: { input: 'a1', find: '1', replacement: { $literal: '$&' } } }, 'a$&'],
  ])('%j is %j', (expression, expected) => {
    expect(evaluate(expression)).toEqual(expected);
  });

  it.each([
    [{ $concat: [1] }, '16702 $concat only supports strings, not int'],
    [{ $strLenCP: null }, '34471 $strLenCP requires a string argument, found: null'],
    [{ $split: ['a', ''] }, '40087 $split requires a non-empty separator'],
    [{ $substrBytes: ['é', 1, 1] }, '28656 $substrBytes:  Invalid range, starting index is a UTF-8 continuation byte.'],
    [{ $substrBytes: ['é', 0, 1] }, '28657 $substrBytes:  Invalid range, ending index is in the middle of a UTF-8 character.'],
    [{ $substrCP: ['a', -1, 1] }, '34455 $substrCP: the starting index must be a nonnegative integer'],
    [{ $trim: { input: 1 } }, '50699 $trim requires its input to be a string, got 1 (of type int) instead.'],
    [{ $replaceOne: { input: 1, find: 'a', replacement: 'b' } }, "51746 $replaceOne requires that 'input' be a string, found: 1"],
    [{ $toUpper: [[1]] }, "16007 can't convert from BSON type array to String"],
  ])('%j fails', (expression, expected) => {
    expect(failure(expression)).toBe(expected);
  });

  it('joins what it has split', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parts = evaluate({ $split: [{ $literal: text }, ','] }) as string[];
        expect(parts.join(',')).toBe(text);
      }),
    );
  });
});

describe('regular expressions', () => {
  it.each([
    [{ $regexMatch: { input: 'Foo', regex: 'foo', options: 'i' } }, true],
    [{ $regexMatch: { input: null, regex: 'foo' } }, false],
    [{ $regexFind: { input: 'Café du fé', regex: /f(é)(x)?/ } }, { match: 'fé', idx: 2, captures: ['é', null] }],
    [{ $regexFind: { input: 'x', regex: 'y' } }, null],
    [{ $regexFindAll: { input: 'a1b22', regex: '[0-9]+' } }, [{ match: '1', idx: 1, captures: [] }, { match: '22', idx: 3, captures: [] }]],
    [{ $regexFindAll: { input: null, regex: 'x' } }, []],
    [{ $regexFindAll: { input: 'ab', regex: '' } }, [{ match: '', idx: 0, captures: [] }, { match: '', idx: 1, captures: [] }]],
  ])('%j is %j', (expression, expected) => {
    expect(evaluate(expression)).toEqual(expected);
  });

  it.each([
    [{ $regexMatch: { input: 1, regex: 'x' } }, "51104 $regexMatch needs 'input' to be of type string"],
    [{ $regexMatch: { input: 'x', regex: 1 } }, "51105 $regexMatch needs 'regex' to be of type string or regex"],
    [{ $regexMatch: { input: 'x', regex: /x/i, options: 'm' } }, "51107 $regexMatch: found regex option(s) specified in both 'regex' and 'option' fields"],
    [{ $regexMatch: { input: 'x' } }, "31023 $regexMatch requires 'regex' parameter"],
  ])('%j fails', (expression, expected) => {
    expect(failure(expression)).toBe(expected);
  });
});
