// The code that each wrong argument is refused with, and which of several is looked at first: the statements of the server's own suites.
import { Decimal128, Long } from 'bson';
import { describe, expect, it } from 'vitest';
import { evaluate, failure } from './evaluate.fixture.js';

const date = new Date('2020-11-01T18:23:36Z');
const codeOf = (expression: unknown, document?: object) => Number(failure(expression, document)?.split(' ')[0]);

describe('$dateDiff, $dateTrunc, $dateAdd and $dateSubtract', () => {
  it.each<[object, number]>([
    [{ $dateDiff: { startDate: 'x', endDate: date, unit: 'hour' } }, 5166307],
    [{ $dateDiff: { startDate: date, endDate: 1, unit: 'hour' } }, 5166307],
    [{ $dateDiff: { startDate: date, endDate: date, unit: 5 } }, 5439013],
    [{ $dateDiff: { startDate: date, endDate: date, unit: 'decade' } }, 9],
    [{ $dateDiff: { startDate: date, endDate: date, unit: 'week', startOfWeek: 1 } }, 5439015],
    [{ $dateDiff: { startDate: date, endDate: date, unit: 'week', startOfWeek: 'FRIDIE' } }, 5439016],
    [{ $dateTrunc: { date: 'x', unit: 'hour' } }, 5439012],
    [{ $dateTrunc: { date, unit: 'hour', binSize: 2.5 } }, 5439017],
    [{ $dateTrunc: { date, unit: 'hour', binSize: 0 } }, 5439018],
    [{ $dateTrunc: { date, unit: 'week', startOfWeek: 'FRIDIE' } }, 5439016],
    [{ $dateTrunc: { date, unit: 'year', binSize: Long.fromString('100000000001') } }, 5439006],
    [{ $dateTrunc: { date, unit: 'hour', binSize: Decimal128.fromString('9223372036854775807') } }, 5439002],
    [{ $dateAdd: { startDate: date, unit: 'year', amount: Long.MAX_VALUE } }, 5976500],
    [{ $dateAdd: { startDate: date, unit: 'second', amount: Long.MIN_VALUE } }, 5976500],
    [{ $dateSubtract: { startDate: date, unit: 'day', amount: Long.MIN_VALUE } }, 6045000],
    [{ $dateSubtract: { startDate: date, unit: 'year', amount: 1.001 } }, 5166405],
  ])('%j is refused with %i', (expression, code) => {
    expect(codeOf(expression)).toBe(code);
  });

  it.each([
    { $dateDiff: { startDate: '$none', endDate: 1, unit: 'century', timezone: 'INVALID' } },
    { $dateDiff: { startDate: 1, endDate: 2, unit: 'century', timezone: '$none' } },
    { $dateDiff: { startDate: 1, endDate: 2, unit: 'week', timezone: 1, startOfWeek: '$none' } },
    { $dateTrunc: { date: 'x', unit: '$none', binSize: 'x', timezone: 'x' } },
    { $dateTrunc: { date: 1, unit: 'week', binSize: '', timezone: 1, startOfWeek: '$none' } },
  ])('%j is null, whatever else is wrong', (expression) => {
    expect(evaluate(expression)).toBeNull();
  });
});

describe('$regexFind and its like', () => {
  it.each<[object, number]>([
    [{ input: 'a', regex: 5 }, 51105],
    [{ input: 'a', regex: 'a', options: 5 }, 51106],
    [{ input: 'a', regex: 'a', options: 'z' }, 51108],
    [{ input: 'a', regex: 'a\0b' }, 51109],
    [{ input: 'a', regex: 'a', options: 'i\0' }, 51110],
    [{ input: 'a', regex: '(' }, 51111],
    [{ input: null, regex: '(' }, 51111],
    [{ input: 1, regex: '(' }, 51111],
  ])('%j is refused with %i', (argument, code) => {
    for (const name of ['$regexFind', '$regexFindAll', '$regexMatch']) expect(codeOf({ [name]: argument })).toBe(code);
  });

  it.each<[string, string, readonly number[]]>([
    ['ab', '', [0, 1]],
    ['', '', [0]],
    ['abc', '$', [3]],
    ['abc', 'b|$', [1, 3]],
    ['abc', 'c|$', [2]],
    ['a🙂', '', [0, 1]],
  ])('$regexFindAll in %j for %j matches at %j: once at the end it does not look again', (input, regex, places) => {
    const matches = evaluate({ $regexFindAll: { input, regex: { $literal: regex } } }) as { idx: number }[];
    expect(matches.map(({ idx }) => idx)).toEqual(places);
  });
});

describe('$setField and $unsetField', () => {
  it.each<[unknown, number]>([
    ['$a', 4161108],
    [{ $concat: ['a', 'b'] }, 4161106],
    [{ a: 1 }, 4161106],
    [['a'], 4161106],
    [null, 4161107],
    [{ $literal: 5 }, 4161107],
    ['a\0b', 9423101],
    [{ $literal: '$a\0' }, 9423101],
  ])('take no field %j (%i)', (field, code) => {
    expect(codeOf({ $setField: { field, input: {}, value: 1 } })).toBe(code);
    expect(codeOf({ $unsetField: { field, input: {} } })).toBe(code);
  });
});

describe('$firstN and its like', () => {
  it.each(['$firstN', '$lastN', '$minN', '$maxN'])('%s takes arrays alone, not even null', (name) => {
    for (const input of [null, '$none', 'x']) expect(codeOf({ [name]: { input, n: 1 } })).toBe(5788200);
  });
});
