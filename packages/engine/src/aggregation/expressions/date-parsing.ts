// Text as a date: by a format, or in the usual notations where none is given.
// Source: the manual's page "$dateFromString". Notations that are not known here are refused, never guessed at.
import { CommandError } from '../../errors.js';
import { dayNumber, daysInMonth, isoDayNumber, msPerDay, msPerHour, msPerMinute, msPerSecond } from './calendar.js';
import { timeZone, toInstant, type TimeZone } from './time-zone.js';

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
  ['z', reader('timezone', /Z|UTC|GMT|[A-Za-z]+\/[A-Za-z_]+|[+-]\d{2}(?::?\d{2})?/y, (parts, text) => (parts.zone = zoneOf(text)))],
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

function zoneOf(text: string): TimeZone {
  return timeZone(text === 'Z' || text === 'z' ? 'UTC' : text);
}

function fixedZone(offset: number): TimeZone {
  return { isUtc: false, offsetAt: () => offset };
}

const timePattern = String.raw`(?:[T\s]+(?<hour>\d{1,2}):?(?<minute>\d{2})(?::?(?<second>\d{2})(?:[.,:](?<fraction>\d{1,9}))?)?)?`;
const zonePattern = String.raw`\s*(?<zone>Z|z|UTC|GMT|[A-Z][A-Za-z]+\/[A-Za-z_]+|(?:GMT|UTC)?[+-]\d{2}(?::?\d{2})?)?`;
const notations: readonly RegExp[] = [
  String.raw`(?<year>\d{4})-(?<month>\d{1,2})-(?<day>\d{1,2})`,
  String.raw`(?<year>\d{4})-(?<month>\d{1,2})`,
  String.raw`(?<year>\d{4})/(?<month>\d{1,2})/(?<day>\d{1,2})`,
  String.raw`(?<year>\d{4})(?<month>\d{2})(?<day>\d{2})`,
  String.raw`(?<month>\d{1,2})/(?<day>\d{1,2})/(?<year>\d{4})`,
  String.raw`(?<day>\d{1,2})[-.](?<month>\d{1,2})[-.](?<year>\d{4})`,
  String.raw`(?:[A-Za-z]{3,9},?\s+)?(?<day>\d{1,2})(?:st|nd|rd|th)?[\s-]+(?<name>[A-Za-z]{3,9})[\s,-]+(?<year>\d{4})`,
  String.raw`(?:[A-Za-z]{3,9},?\s+)?(?<name>[A-Za-z]{3,9})\s+(?<day>\d{1,2})(?:st|nd|rd|th)?[\s,]+(?<year>\d{4})`,
].map((date) => new RegExp(`^\\s*${date}${timePattern}${zonePattern}\\s*$`));

/** Parses the usual notations: ISO 8601 and the common ways of writing dates in English. */
export function parseDate(text: string, zone: TimeZone | undefined): number {
  for (const notation of notations) {
    const groups = notation.exec(text)?.groups as Partial<Record<string, string>> | undefined;
    if (groups !== undefined) return instantOf(text, partsOf(groups), zone);
  }
  throw conversionFailure(text, `0: The format of the date string is not known`);
}

function partsOf(groups: Partial<Record<string, string>>): ReadParts {
  return {
    year: Number(groups.year),
    month: groups.month === undefined ? monthNumber(groups.name ?? '') : Number(groups.month),
    day: Number(groups.day ?? 1),
    hour: Number(groups.hour ?? 0),
    minute: Number(groups.minute ?? 0),
    second: Number(groups.second ?? 0),
    millisecond: Math.floor(Number(`0.${groups.fraction ?? '0'}`) * 1000 + 1e-9),
    ...(groups.zone === undefined ? {} : { zone: zoneOf(groups.zone.replace(/^(?:GMT|UTC)(?=[+-])/, '')) }),
  };
}

function instantOf(text: string, parts: ReadParts, zone: TimeZone | undefined): number {
  if (parts.zone !== undefined && zone !== undefined) {
    throw new CommandError('ConversionFailure', `you cannot pass in a date/time string with time zone information ('${text}') together with a timezone argument`);
  }
  const { hour = 0, minute = 0, second = 0, millisecond = 0 } = parts;
  if (hour > 24 || minute > 59 || second > 60) throw conversionFailure(text, 'the time is out of range');
  const local = dayOf(text, parts) * msPerDay + hour * msPerHour + minute * msPerMinute + second * msPerSecond + millisecond;
  return toInstant(local, parts.zone ?? zone ?? timeZone('UTC'));
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
