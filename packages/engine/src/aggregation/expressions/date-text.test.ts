// Dates in the notations that people write, as $dateFromString reads them.
import { describe, expect, it } from 'vitest';
import { evaluate, failure } from './evaluate.fixture.js';

const parsed = (dateString: string, more: object = {}) => (evaluate({ $dateFromString: { dateString, ...more } }) as Date).toISOString();
const codeOf = (expression: unknown) => Number(failure(expression)?.split(' ')[0]);

describe('$dateFromString', () => {
  it.each([
    ['2017-07-04T11.56.02', '2017-07-04T11:56:02.000Z'],
    ['2017-07-04t11:56:02z', '2017-07-04T11:56:02.000Z'],
    ['2017-07-04 11:56:02 CEST', '2017-07-04T09:56:02.000Z'],
    ['2017-07-04T11:56:02 PDT', '2017-07-04T18:56:02.000Z'],
    ['2017-07-04T11:56:02 A', '2017-07-04T10:56:02.000Z'],
    ['2017-07-04T11:56:02 M', '2017-07-03T23:56:02.000Z'],
    ['2017-07-04T11:56:02 N', '2017-07-04T12:56:02.000Z'],
    ['2017-07-04T11:56:02 Y', '2017-07-04T23:56:02.000Z'],
    ['2017-07-04T11:56:02 GMT+02', '2017-07-04T09:56:02.000Z'],
    ['2017-07-04T11:56:02-0330', '2017-07-04T15:26:02.000Z'],
    ['July 4th, 2017 11am', '2017-07-04T11:00:00.000Z'],
    ['July 4th, 2017 12:02 am', '2017-07-04T00:02:00.000Z'],
    ['July 4th, 2017 1:02 p.m.', '2017-07-04T13:02:00.000Z'],
    ['7/4/17', '2017-07-04T00:00:00.000Z'],
    ['7/4/70', '1970-07-04T00:00:00.000Z'],
    ['04-Jul-17', '2017-07-04T00:00:00.000Z'],
    ['2017-Jul-04', '2017-07-04T00:00:00.000Z'],
    ['2017-W27-2', '2017-07-04T00:00:00.000Z'],
    ['2017W27', '2017-07-03T00:00:00.000Z'],
    ['2017.185', '2017-07-04T00:00:00.000Z'],
    ['2017185', '2017-07-04T00:00:00.000Z'],
    ['@1499169362', '2017-07-04T11:56:02.000Z'],
  ])('reads %s', (text, expected) => {
    expect(parsed(text)).toBe(expected);
  });

  it.each([
    ['2017-07-04 11:56:02 CEST', '%Y-%m-%d %H:%M:%S%z', '2017-07-04T09:56:02.000Z'],
    ['2017-07-04 11:56:02GMT+02', '%Y-%m-%d %H:%M:%S%z', '2017-07-04T09:56:02.000Z'],
  ])('reads %s by %s', (text, format, expected) => {
    expect(parsed(text, { format })).toBe(expected);
  });

  it('takes a zone in the text together with a zone argument that says UTC', () => {
    expect(parsed('2017-07-04T11:56:02+0200', { timezone: 'UTC' })).toBe('2017-07-04T09:56:02.000Z');
  });

  it.each([
    ['2017-07-04T11:56:02 Europe/London', {}],
    ['2017-07-04 Europe/London', { format: '%Y-%m-%d %z' }],
    ['2017-07-04T11:56:02+0200', { timezone: 'Europe/Paris' }],
    ['July 4th, 2017 13:02 pm', {}],
    ['July 4th, 2017 11', {}],
    ['2017-07-04T11:56:02 J', {}],
  ])('refuses %s with %j', (dateString, more) => {
    expect(codeOf({ $dateFromString: { dateString, ...more } })).toBe(241);
  });
});

describe('codes', () => {
  it.each<[object, number]>([
    [{ $dateFromParts: { year: 2017, isoWeekYear: 2017 } }, 40489],
    [{ $dateFromParts: { isoWeekYear: 2017, month: 1 } }, 40525],
    [{ $dateFromParts: { isoWeekYear: 10000 } }, 31095],
    [{ $dateFromParts: { year: 10000 } }, 40523],
    [{ $atan2: ['x', 1] }, 51044],
    [{ $atan2: [1, 'x'] }, 51045],
  ])('%j is refused with %i', (expression, code) => {
    expect(codeOf(expression)).toBe(code);
  });
});
