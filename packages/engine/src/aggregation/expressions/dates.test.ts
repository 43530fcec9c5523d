import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { civilTime, localTime } from './calendar.js';
import { evaluate, evaluateTyped, failure } from './evaluate.fixture.js';
import { timeZone, toInstant, toLocal } from './time-zone.js';

const at = (text: string) => new Date(text);
const when = at('2014-01-01T08:15:39.736Z');

describe('parts of dates', () => {
  it.each([
    [{ $year: when }, 2014],
    [{ $month: when }, 1],
    [{ $dayOfMonth: when }, 1],
    [{ $hour: when }, 8],
    [{ $minute: when }, 15],
    [{ $second: when }, 39],
    [{ $millisecond: when }, 736],
    [{ $dayOfYear: when }, 1],
    [{ $dayOfWeek: when }, 4],
    [{ $week: when }, 0],
    [{ $isoWeek: at('2016-01-01') }, 53],
    [{ $isoDayOfWeek: at('2016-01-01') }, 5],
    [{ $hour: { date: when, timezone: 'America/Chicago' } }, 2],
    [{ $hour: { date: when, timezone: '+05:30' } }, 13],
    [{ $dayOfMonth: { date: when, timezone: '-10' } }, 31],
    [{ $year: null }, null],
    [{ $year: { date: when, timezone: null } }, null],
    [{ $year: [at('1969-12-31T23:59:59.999Z')] }, 1969],
    [{ $millisecond: at('1969-12-31T23:59:59.999Z') }, 999],
    [{ $dateToParts: { date: when } }, { year: 2014, month: 1, day: 1, hour: 8, minute: 15, second: 39, millisecond: 736 }],
    [{ $dateToParts: { date: when, iso8601: true } }, { isoWeekYear: 2014, isoWeek: 1, isoDayOfWeek: 3, hour: 8, minute: 15, second: 39, millisecond: 736 }],
  ])('%j is %j', (expression, expected) => {
    expect(evaluate(expression)).toEqual(expected);
  });

  it('gives the ISO year as a long', () => {
    expect(evaluateTyped({ $isoWeekYear: at('2016-01-01') })).toEqual({ $numberLong: '2015' });
  });

  it.each([
    [{ $year: 'x' }, "16006 can't convert from BSON type string to Date"],
    [{ $year: { date: when, timezone: 'Nowhere/Land' } }, '40485 unrecognized time zone identifier: "Nowhere/Land"'],
    [{ $year: { date: when, timezone: 5 } }, '40517 timezone must evaluate to a string, found int'],
    [{ $year: { timezone: 'UTC' } }, "40539 missing 'date' argument to $year, provided: $year: { timezone: \"UTC\" }"],
    [{ $year: [when, when] }, '40536 $year accepts exactly one argument if given an array, but was given 2'],
  ])('%j fails', (expression, expected) => {
    expect(failure(expression)).toBe(expected);
  });
});

describe('dates and text', () => {
  it.each([
    [{ $dateToString: { date: when } }, '2014-01-01T08:15:39.736Z'],
    [{ $dateToString: { date: when, format: '%Y-%m-%d' } }, '2014-01-01'],
    [{ $dateToString: { date: when, format: '%H:%M:%S:%L%z', timezone: 'America/New_York' } }, '03:15:39:736-0500'],
    [{ $dateToString: { date: when, format: '%j-%U-%u-%w %V/%G %b %B %Z %%' } }, '001-00-3-4 01/2014 Jan January +0 %'],
    [{ $dateToString: { date: null, onNull: 'none' } }, 'none'],
    [{ $dateFromString: { dateString: '2017-02-08T12:10:40.787' } }, at('2017-02-08T12:10:40.787Z')],
    [{ $dateFromString: { dateString: '2017-02-08T12:10:40.787', timezone: 'America/New_York' } }, at('2017-02-08T17:10:40.787Z')],
    [{ $dateFromString: { dateString: '2017-02-08' } }, at('2017-02-08')],
    [{ $dateFromString: { dateString: '06-15-2018', format: '%m-%d-%Y' } }, at('2018-06-15')],
    [{ $dateFromString: { dateString: '2018-06-15 +0200', format: '%Y-%m-%d %z' } }, at('2018-06-14T22:00:00Z')],
    [{ $dateFromString: { dateString: '2017-02-08T12:10:40+01:00' } }, at('2017-02-08T11:10:40Z')],
    [{ $dateFromString: { dateString: '2020-10' } }, at('2020-10-01')],
    [{ $dateFromString: { dateString: '2020-01-01T00:00:00.1234567Z' } }, at('2020-01-01T00:00:00.123Z')],
    [{ $dateFromString: { dateString: 'Oct 20 2020' } }, at('2020-10-20')],
    [{ $dateFromString: { dateString: 'nonsense', onError: 'bad' } }, 'bad'],
    [{ $dateFromString: { dateString: null, onNull: 'none' } }, 'none'],
    [{ $toDate: '2018-03-20 11:00:06' }, at('2018-03-20T11:00:06Z')],
  ])('%j is %j', (expression, expected) => {
    expect(evaluate(expression)).toEqual(expected);
  });

  it.each([
    [{ $dateToString: { date: when, format: '%' } }, "18535 Unmatched '%' at end of format string"],
    [{ $dateToString: { date: when, format: '%q' } }, "18536 Invalid format character '%q' in format string"],
    [{ $dateToString: {} }, "18628 Missing 'date' parameter to $dateToString"],
    [{ $dateFromString: { dateString: '2017-02-30' } }, "241 Error parsing date string '2017-02-30'; the date is out of range"],
    [{ $dateFromString: { dateString: '2017', format: '%Y' } }, '241 an incomplete date/time string has been found, with elements missing: "2017"'],
  ])('%j fails', (expression, expected) => {
    expect(failure(expression)).toBe(expected);
  });
});

describe('dates from parts', () => {
  it.each([
    [{ year: 2017, month: 2, day: 8, hour: 12 }, '2017-02-08T12:00:00Z'],
    [{ year: 2017, month: 14, day: 1 }, '2018-02-01T00:00:00Z'],
    [{ year: 2017, month: 0, day: 1 }, '2016-12-01T00:00:00Z'],
    [{ year: 2017, month: 1, day: 0 }, '2016-12-31T00:00:00Z'],
    [{ year: 2016, month: 12, day: 31, hour: 23, minute: 46, second: 12, timezone: 'America/New_York' }, '2017-01-01T04:46:12Z'],
    [{ isoWeekYear: 2017, isoWeek: 6, isoDayOfWeek: 3, hour: 12 }, '2017-02-08T12:00:00Z'],
  ])('%j is %s', (parts, expected) => {
    expect(evaluate({ $dateFromParts: parts })).toEqual(at(expected));
  });

  it('refuses mixtures and years out of range', () => {
    expect(failure({ $dateFromParts: { year: 2017, isoWeek: 1 } })).toBe('40489 $dateFromParts does not allow mixing natural dates with ISO dates');
    expect(failure({ $dateFromParts: { year: 0 } })).toBe("40523 'year' must evaluate to an integer in the range 1 to 9999, found 0");
    expect(failure({ $dateFromParts: { month: 1 } })).toBe("40516 $dateFromParts requires either 'year' or 'isoWeekYear' to be present");
  });
});

describe('steps and spans', () => {
  it.each([
    [{ $dateAdd: { startDate: at('2020-10-31'), unit: 'month', amount: 1 } }, '2020-11-30T00:00:00Z'],
    [{ $dateAdd: { startDate: at('2021-01-31'), unit: 'month', amount: 1 } }, '2021-02-28T00:00:00Z'],
    [{ $dateAdd: { startDate: at('2020-02-29'), unit: 'year', amount: 1 } }, '2021-02-28T00:00:00Z'],
    [{ $dateAdd: { startDate: at('2021-03-13T12:00:00Z'), unit: 'day', amount: 1, timezone: 'America/New_York' } }, '2021-03-14T11:00:00Z'],
    [{ $dateAdd: { startDate: at('2021-03-13T12:00:00Z'), unit: 'hour', amount: 24, timezone: 'America/New_York' } }, '2021-03-14T12:00:00Z'],
    [{ $dateSubtract: { startDate: at('2021-03-31'), unit: 'month', amount: 1 } }, '2021-02-28T00:00:00Z'],
    [{ $dateSubtract: { startDate: at('2021-01-01'), unit: 'week', amount: 1 } }, '2020-12-25T00:00:00Z'],
    [{ $dateTrunc: { date: at('2020-11-18T03:05:07.123Z'), unit: 'year' } }, '2020-01-01T00:00:00Z'],
    [{ $dateTrunc: { date: at('2020-11-18T03:05:07.123Z'), unit: 'quarter' } }, '2020-10-01T00:00:00Z'],
    [{ $dateTrunc: { date: at('2020-11-18T03:05:07.123Z'), unit: 'week' } }, '2020-11-15T00:00:00Z'],
    [{ $dateTrunc: { date: at('2020-11-18T03:05:07.123Z'), unit: 'week', startOfWeek: 'Monday' } }, '2020-11-16T00:00:00Z'],
    [{ $dateTrunc: { date: at('2020-11-18T03:05:07.123Z'), unit: 'hour', binSize: 2 } }, '2020-11-18T02:00:00Z'],
    [{ $dateTrunc: { date: at('2020-11-18T03:05:07.123Z'), unit: 'day', timezone: 'America/New_York' } }, '2020-11-17T05:00:00Z'],
    [{ $dateTrunc: { date: at('1998-03-15T00:00:00Z'), unit: 'month', binSize: 5 } }, '1997-12-01T00:00:00Z'],
  ])('%j is %s', (expression, expected) => {
    expect(evaluate(expression)).toEqual(at(expected));
  });

  it.each([
    ['2020-12-31T23:59:59Z', '2021-01-01T00:00:00Z', 'year', 1],
    ['2020-12-31T23:59:59Z', '2021-01-01T00:00:00Z', 'quarter', 1],
    ['2021-01-01', '2021-02-28', 'month', 1],
    ['2021-01-09', '2021-01-10', 'week', 1],
    ['2021-01-10', '2021-01-16', 'week', 0],
    ['2021-01-02', '2021-01-01', 'day', -1],
    ['2021-01-01T01:59:00Z', '2021-01-01T02:00:00Z', 'hour', 1],
    ['2021-01-01T00:00:00Z', '2021-01-01T00:01:30Z', 'second', 90],
  ])('between %s and %s lie so many %s boundaries: %i', (start, end, unit, expected) => {
    expect(evaluateTyped({ $dateDiff: { startDate: at(start), endDate: at(end), unit } })).toEqual({ $numberLong: String(expected) });
  });

  it.each([
    [{ $dateAdd: { startDate: when, unit: 'fortnight', amount: 1 } }, '9 unknown time unit value: fortnight'],
    [{ $dateAdd: { startDate: 'x', unit: 'day', amount: 1 } }, '5166403 $dateAdd requires startDate to be convertible to a date. Found string'],
    [{ $dateAdd: { startDate: when, unit: 'day', amount: 1.5 } }, '5166405 $dateAdd expects integer amount of time units'],
    [{ $dateTrunc: { date: when, unit: 'day', binSize: 0 } }, "5439018 $dateTrunc requires 'binSize' to be greater than 0, but got value 0"],
  ])('%j fails', (expression, expected) => {
    expect(failure(expression)).toBe(expected);
  });
});

describe('the calendar', () => {
  it('agrees with the platform on every date that it knows', () => {
    fc.assert(
      fc.property(fc.date({ min: at('0001-01-01'), max: at('9999-12-31'), noInvalidDate: true }), (date) => {
        const time = civilTime(date.getTime());
        expect([time.year, time.month, time.day, time.hour, time.minute, time.second, time.millisecond]).toEqual([
          date.getUTCFullYear(),
          date.getUTCMonth() + 1,
          date.getUTCDate(),
          date.getUTCHours(),
          date.getUTCMinutes(),
          date.getUTCSeconds(),
          date.getUTCMilliseconds(),
        ]);
        expect(localTime(time)).toBe(date.getTime());
      }),
    );
  });

  it('finds the instant of every local time that exists', () => {
    const zone = timeZone('Europe/Berlin');
    fc.assert(
      fc.property(fc.date({ min: at('1950-01-01'), max: at('2100-01-01'), noInvalidDate: true }), (date) => {
        const local = toLocal(date.getTime(), zone);
        expect(toLocal(toInstant(local, zone), zone)).toBe(local);
      }),
    );
  });

  it('moves a time that the clock leaps over behind the leap, and takes the first of two', () => {
    const zone = timeZone('America/New_York');
    expect(toInstant(Date.UTC(2021, 2, 14, 2, 30), zone)).toBe(Date.UTC(2021, 2, 14, 7, 30));
    expect(toInstant(Date.UTC(2021, 10, 7, 1, 30), zone)).toBe(Date.UTC(2021, 10, 7, 5, 30));
  });
});
