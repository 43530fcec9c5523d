// Text as a date: by a format, or in the usual notations where none is given.
// Source: the manual's page "$dateFromString". Notations that are not known here are refused, never guessed at.
import { CommandError } from '../../errors.js';
import { dayNumber, daysInMonth, isoDayNumber, msPerDay, msPerHour, msPerMinute, msPerSecond } from './calendar.js';
import { toInstant, utc, type TimeZone } from './time-zone.js';
import { fixedZone, zoneInText, zoneInTextPattern } from './zone-in-text.js';

/** The parts that were read; whatever is absent was not in the text. */
interface ReadParts {
  year?: number;
  month?: number;
  day?: number;
  dayOfYear?: number;
  isoYear?: number;
  isoWeek?: number;
  isoWeekday?: number;
  hour?: number;
  minute?: number;
  second?: number;
  millisecond?: number;
  /** Milliseconds that local time is ahead of UTC, or a named zone. */
  zone?: TimeZone;
}

function conversionFailure(text: string, reason: string): CommandError {
  return new CommandError('ConversionFailure', `Error parsing date string '${text}'; ${reason}`);
}

/** Parses by a format of `%Y %m %d ...`. `zone`: the timezone argument, if one was given. */
export function parseByFormat(text: string, format: string, zone: TimeZone | undefined): number {
  const parts: ReadParts = {};
  let position = 0;
  for (let index = 0; index < format.length; index += 1) {
    const character = format[index]!;
    if (character !== '%') {
      if (text[position] !== character) throw conversionFailure(text, `${position}: Format literal not found '${text[position] ?? ''}'`);
      position += 1;
      continue;
    }
    index += 1;
    position += readSpecifier(text, position, format[index], parts);
  }
  if (position < text.length) throw conversionFailure(text, `${position}: Trailing data '${text[position]!}'`);
  return instantOf(text, parts, zone);
}

type Reader = { readonly pattern: RegExp; readonly set: (parts: ReadParts, matched: string) => void; readonly what: string };

const reader = (what: string, pattern: RegExp, set: Reader['set']): Reader => ({ what, pattern, set });

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['Y', reader('year', /\d{4}/y, (parts, text) => (parts.year = Number(text)))],
  ['m', reader('month', /\d{1,2}/y, (parts, text) => (parts.month = Number(text)))],
  ['d', reader('day', /\d{1,2}/y, (parts, text) => (parts.day = Number(text)))],
  ['b', reader('month name', /[A-Za-z]{3}/y, (parts, text) => (parts.month = monthNumber(text)))],
  ['B', reader('month name', /[A-Za-z]+/y, (parts, text) => (parts.month = monthNumber(text)))],
  ['j', reader('day of year', /\d{1,3}/y, (parts, text) => (parts.dayOfYear = Number(text)))],
  ['G', reader('ISO year', /\d{4}/y, (parts, text) => (parts.isoYear = Number(text)))],
  ['V', reader('ISO week', /\d{1,2}/y, (parts, text) => (parts.isoWeek = Number(text)))],
  ['u', reader('day of week', /[1-7]/y, (parts, text) => (parts.isoWeekday = Number(text)))],
  ['H', reader('hour', /\d{1,2}/y, (parts, text) => (parts.hour = Number(text)))],
  ['M', reader('minute', /\d{2}/y, (parts, text) => (parts.minute = Number(text)))],
  ['S', reader('second', /\d{2}/y, (parts, text) => (parts.second = Number(text)))],
  ['L', reader('millisecond', /\d{1,3}/y, (parts, text) => (parts.millisecond = Number(text.padEnd(3, '0'))))],
  ['z', reader('timezone', new RegExp(String.raw`\s*${zoneInTextPattern}`, 'iy'), (parts, text) => (parts.zone = zoneInText(text)))],
  ['Z', reader('minutes from UTC', /[+-]?\d{1,4}/y, (parts, text) => (parts.zone = fixedZone(Number(text) * msPerMinute)))],
  ['%', reader('%', /%/y, () => undefined)],
]);

/** Refuses formats with characters that cannot be parsed (18535, 18536). */
export function checkParseFormat(format: string): void {
  for (let index = format.indexOf('%'); index >= 0; index = format.indexOf('%', index + 2)) {
    const character = format[index + 1];
    if (character === undefined) throw new CommandError(18535, "Unmatched '%' at end of format string");
    if (!readers.has(character)) throw new CommandError(18536, `Invalid format character '%${character}' in format string`);
  }
}

function readSpecifier(text: string, position: number, character: string | undefined, parts: ReadParts): number {
  const { pattern, set, what } = readers.get(character ?? '')!;
  pattern.lastIndex = position;
  const match = pattern.exec(text);
  if (match === null) throw conversionFailure(text, `${position}: A ${what} could not be found '${text[position] ?? ''}'`);
  set(parts, match[0]);
  return match[0].length;
}

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** 0, which no month has, where it is not the name of one: refused with the other impossible dates. */
function monthNumber(name: string): number {
  return monthNames.indexOf(name.slice(0, 3).toLowerCase()) + 1;
}

const time = String.raw`(?<hour>\d{1,2})(?=[:.]?\d{2}|\s*[ap]\.?m)(?:[:.]?(?<minute>\d{2})(?:[:.]?(?<second>\d{2})(?:[.,:](?<fraction>\d{1,9}))?)?)?(?:\s*(?<half>[ap])\.?m\.?)?`;
const timePattern = String.raw`(?:[T\s]+${time})?`;
const zonePattern = String.raw`(?:\s*(?<zone>${zoneInTextPattern}))?`;
const weekday = String.raw`(?:[A-Z]{3,9},?\s+)?`;
const notations: readonly RegExp[] = [
  String.raw`(?<year>\d{4})-(?<month>\d{1,2})-(?<day>\d{1,2})`,
  String.raw`(?<year>\d{4})-(?<month>\d{1,2})`,
  String.raw`(?<year>\d{4})/(?<month>\d{1,2})/(?<day>\d{1,2})`,
  String.raw`(?<year>\d{4})(?<month>\d{2})(?<day>\d{2})`,
  String.raw`(?<year>\d{4})\.?(?<dayOfYear>\d{3})`,
  String.raw`(?<year>\d{4})-?W(?<isoWeek>\d{2})(?:-?(?<isoWeekday>[1-7]))?`,
  String.raw`(?<year>\d{4})-(?<name>[A-Z]{3,9})-(?<day>\d{1,2})`,
  String.raw`(?<month>\d{1,2})/(?<day>\d{1,2})/(?<year>\d{4}|\d{2})`,
  String.raw`(?<day>\d{1,2})[-.](?<month>\d{1,2})[-.](?<year>\d{4})`,
  String.raw`(?<day>\d{1,2})-(?<name>[A-Z]{3})-(?<year>\d{2})`,
  String.raw`${weekday}(?<day>\d{1,2})(?:st|nd|rd|th)?[\s-]+(?<name>[A-Z]{3,9})[\s,-]+(?<year>\d{4})`,
  String.raw`${weekday}(?<name>[A-Z]{3,9})\s+(?<day>\d{1,2})(?:st|nd|rd|th)?[\s,]+(?<year>\d{4})`,
].map((date) => new RegExp(`^\\s*${date}${timePattern}${zonePattern}\\s*$`, 'i'));

/** Parses the usual notations: ISO 8601 and the common ways of writing dates in English. */
export function parseDate(text: string, zone: TimeZone | undefined): number {
  const timestamp = /^\s*@(-?\d{1,12})\s*$/.exec(text)?.[1];
  if (timestamp !== undefined) return Number(timestamp) * msPerSecond;
  for (const notation of notations) {
    const groups = notation.exec(text)?.groups as Partial<Record<string, string>> | undefined;
    if (groups !== undefined) return instantOf(text, partsOf(groups), zone);
  }
  throw conversionFailure(text, `0: The format of the date string is not known`);
}

function partsOf(groups: Partial<Record<string, string>>): ReadParts {
  return {
    ...datePartsOf(groups),
    hour: hourOf(Number(groups.hour ?? 0), groups.half?.toLowerCase()),
    minute: Number(groups.minute ?? 0),
    second: Number(groups.second ?? 0),
    millisecond: Math.floor(Number(`0.${groups.fraction ?? '0'}`) * 1000 + 1e-9),
    ...(groups.zone === undefined ? {} : { zone: zoneInText(groups.zone) }),
  };
}

function datePartsOf(groups: Partial<Record<string, string>>): ReadParts {
  const year = yearOf(groups.year ?? '');
  if (groups.isoWeek !== undefined) return { isoYear: year, isoWeek: Number(groups.isoWeek), isoWeekday: Number(groups.isoWeekday ?? 1) };
  if (groups.dayOfYear !== undefined) return { year, dayOfYear: Number(groups.dayOfYear) };
  const month = groups.month === undefined ? monthNumber(groups.name ?? '') : Number(groups.month);
  return { year, month, day: Number(groups.day ?? 1) };
}

/** Two digits are a year from 1970 to 2069. */
function yearOf(digits: string): number {
  const year = Number(digits);
  if (digits.length > 2) return year;
  return year < 70 ? 2000 + year : 1900 + year;
}

/** By the clock of twice twelve hours where a half of the day is given; NaN, which is refused, for an hour it does not have. */
function hourOf(hour: number, half: string | undefined): number {
  if (half === undefined) return hour;
  if (hour < 1 || hour > 12) return Number.NaN;
  return (hour % 12) + (half === 'p' ? 12 : 0);
}

function instantOf(text: string, parts: ReadParts, zone: TimeZone | undefined): number {
  if (parts.zone !== undefined && zone !== undefined && !zone.isUtc) {
    throw new CommandError('ConversionFailure', `you cannot pass in a date/time string with time zone information ('${text}') together with a timezone argument`);
  }
  const { hour = 0, minute = 0, second = 0, millisecond = 0 } = parts;
  if (!(hour <= 24) || minute > 59 || second > 60) throw conversionFailure(text, 'the time is out of range');
  const local = dayOf(text, parts) * msPerDay + hour * msPerHour + minute * msPerMinute + second * msPerSecond + millisecond;
  return toInstant(local, parts.zone ?? zone ?? utc);
}

function dayOf(text: string, parts: ReadParts): number {
  const { year, month, day, dayOfYear, isoYear, isoWeek, isoWeekday } = parts;
  if (isoYear !== undefined) return isoDayNumber(isoYear, isoWeek ?? 1, isoWeekday ?? 1);
  if (year !== undefined && dayOfYear !== undefined) return dayNumber(year, 1, dayOfYear);
  if (year === undefined || month === undefined || day === undefined) {
    throw new CommandError('ConversionFailure', `an incomplete date/time string has been found, with elements missing: "${text}"`);
  }
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) throw conversionFailure(text, 'the date is out of range');
  return dayNumber(year, month, day);
}
