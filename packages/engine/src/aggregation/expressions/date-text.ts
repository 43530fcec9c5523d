// Dates as text: ISO 8601, and the format characters of $dateToString.
// Source: the manual's page "$dateToString", "Format Specifiers".
import { CommandError } from '../../errors.js';
import { civilTime, dayOfWeek, dayOfYear, isoDayOfWeek, isoWeek, msPerMinute, weekOfYear, type CivilTime } from './calendar.js';
import { toLocal, type TimeZone } from './time-zone.js';

/** `2024-01-02T03:04:05.678Z`, as MongoDB turns dates into strings. */
export function isoText(milliseconds: bigint): string {
  const time = civilTime(Number(milliseconds));
  return `${padded(time.year, 4)}-${padded(time.month, 2)}-${padded(time.day, 2)}T${padded(time.hour, 2)}:${padded(time.minute, 2)}:${padded(time.second, 2)}.${padded(time.millisecond, 3)}Z`;
}

const monthNames = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'] as const;

interface Moment {
  readonly time: CivilTime;
  readonly local: number;
  readonly offset: number;
}

type Specifier = (moment: Moment) => string;

const specifiers: ReadonlyMap<string, Specifier> = new Map<string, Specifier>(Object.entries({
  '%': () => '%',
  b: ({ time }) => monthNames[time.month - 1]!.slice(0, 3),
  B: ({ time }) => monthNames[time.month - 1]!,
  d: ({ time }) => padded(time.day, 2),
  G: ({ local }) => padded(isoWeek(local).year, 4),
  H: ({ time }) => padded(time.hour, 2),
  j: ({ local }) => padded(dayOfYear(local), 3),
  L: ({ time }) => padded(time.millisecond, 3),
  m: ({ time }) => padded(time.month, 2),
  M: ({ time }) => padded(time.minute, 2),
  S: ({ time }) => padded(time.second, 2),
  u: ({ local }) => String(isoDayOfWeek(local)),
  U: ({ local }) => padded(weekOfYear(local), 2),
  V: ({ local }) => padded(isoWeek(local).week, 2),
  w: ({ local }) => String(dayOfWeek(local)),
  Y: ({ time }) => padded(time.year, 4),
  z: ({ offset }) => hoursAndMinutes(offset),
  Z: ({ offset }) => `${offset < 0 ? '-' : '+'}${Math.abs(Math.trunc(offset / msPerMinute))}`,
}));

/** Refuses formats with unknown characters (18535, 18536). */
export function checkFormat(format: string): void {
  for (let index = format.indexOf('%'); index >= 0; index = format.indexOf('%', index + 2)) {
    const character = format[index + 1];
    if (character === undefined) throw new CommandError(18535, "Unmatched '%' at end of format string");
    if (!specifiers.has(character)) throw new CommandError(18536, `Invalid format character '%${character}' in format string`);
  }
}

export function formatDate(instant: number, format: string, zone: TimeZone): string {
  const local = toLocal(instant, zone);
  const moment: Moment = { time: civilTime(local), local, offset: zone.offsetAt(instant) };
  if (moment.time.year < 0 || moment.time.year > 9999) {
    throw new CommandError(18537, `$dateToString is only defined on year 0-9999, tried to use year ${moment.time.year}`);
  }
  return format.replace(/%(.)/gs, (_, character: string) => specifiers.get(character)!(moment));
}

function hoursAndMinutes(offset: number): string {
  const minutes = Math.abs(Math.trunc(offset / msPerMinute));
  return `${offset < 0 ? '-' : '+'}${padded(Math.floor(minutes / 60), 2)}${padded(minutes % 60, 2)}`;
}

function padded(number: number, width: number): string {
  return number < 0 ? `-${String(-number).padStart(width, '0')}` : String(number).padStart(width, '0');
}
