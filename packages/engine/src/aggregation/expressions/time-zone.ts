// Time zones by Olson name or UTC offset, through the platform's ICU (Intl).
// Source: the manual's "$dateToString" ("Olson Timezone Identifier", "UTC Offset"); error 40485.
import { CommandError } from '../../errors.js';
import { civilTime, localTime, msPerDay, msPerMinute, msPerHour, msPerSecond } from './calendar.js';

export interface TimeZone {
  readonly isUtc: boolean;
  /** What is added to an instant to get local time. */
  offsetAt(instant: number): number;
}

export const utc: TimeZone = { isUtc: true, offsetAt: () => 0 };

const known = new Map<string, TimeZone>([['UTC', utc], ['GMT', utc]]);

/** The zone of that name or offset (`+05:30`, `-03`, `+0100`). */
export function timeZone(id: string): TimeZone {
  let zone = known.get(id);
  if (zone === undefined) {
    zone = parseOffset(id) ?? namedZone(id);
    known.set(id, zone);
  }
  return zone;
}

export function toLocal(instant: number, zone: TimeZone): number {
  return instant + zone.offsetAt(instant);
}

/**
 * The instant at which a wall clock shows `local`. A time that comes twice is its first; a time that the clock leaps over
 * is as far behind the leap as it says.
 */
export function toInstant(local: number, zone: TimeZone): number {
  const before = zone.offsetAt(local - msPerDay);
  const first = local - before;
  if (zone.offsetAt(first) === before) return first;
  const after = zone.offsetAt(local + msPerDay);
  const second = local - after;
  return zone.offsetAt(second) === after ? second : first;
}

function parseOffset(id: string): TimeZone | undefined {
  const match = /^([+-])(\d{2})(?::?(\d{2}))?$/.exec(id);
  if (match === null) return undefined;
  const magnitude = Number(match[2]) * msPerHour + Number(match[3] ?? '0') * msPerMinute;
  const offset = match[1] === '-' ? -magnitude : magnitude;
  return { isUtc: false, offsetAt: () => offset };
}

/** A zone whose offset is the same at both ends of a week has it all week; in other weeks it changes on a quarter of an hour. */
const week_ms = 7 * msPerDay;
const quarter_ms = 15 * msPerMinute;
const mostKnownOffsets = 8192;
const farthestInstant = 8.64e15;

function namedZone(id: string): TimeZone {
  const format = zoneFormat(id);
  const atQuarter = rememberingOffsets((instant) => offsetOf(format, Math.max(-farthestInstant, Math.min(farthestInstant, instant))));
  return {
    isUtc: false,
    offsetAt: (instant) => {
      const weekStart = Math.floor(instant / week_ms) * week_ms;
      const offset = atQuarter(weekStart);
      return offset === atQuarter(weekStart + week_ms) ? offset : atQuarter(Math.floor(instant / quarter_ms) * quarter_ms);
    },
  };
}

function rememberingOffsets(compute: (instant: number) => number): (instant: number) => number {
  const offsets = new Map<number, number>();
  return (instant) => {
    let offset = offsets.get(instant);
    if (offset === undefined) {
      offset = compute(instant);
      if (offsets.size >= mostKnownOffsets) offsets.clear();
      offsets.set(instant, offset);
    }
    return offset;
  };
}

function zoneFormat(id: string): Intl.DateTimeFormat {
  try {
    if (!/^[A-Z]/.test(id)) throw new RangeError(id);
    return new Intl.DateTimeFormat('en-US', {
      timeZone: id,
      calendar: 'gregory',
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (error) {
    if (error instanceof RangeError) throw new CommandError(40485, `unrecognized time zone identifier: "${id}"`);
    throw error;
  }
}

function offsetOf(format: Intl.DateTimeFormat, instant: number): number {
  const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
  const isBeforeChrist = parts.get('era') === 'BC';
  const year = isBeforeChrist ? 1 - part('year') : part('year');
  const local = localTime({ year, month: part('month'), day: part('day'), hour: part('hour'), minute: part('minute'), second: part('second'), millisecond: 0 });
  // ICU's Gregorian calendar is Julian before 1582; the calendar here is not, so such dates take the earliest offset known.
  const offset = local - Math.floor(instant / msPerSecond) * msPerSecond;
  return Math.abs(offset) > msPerDay ? offsetOf(format, earliestSafeInstant) : offset;
}

const earliestSafeInstant = localTime({ ...civilTime(0), year: 1700 });
