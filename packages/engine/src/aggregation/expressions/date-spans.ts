// $dateDiff and $dateTrunc: boundaries of units between two dates, and the start of the unit that a date lies in.
// Source: the manual's pages "$dateDiff" and "$dateTrunc".
import { exactInteger } from '../../bson/integers.js';
import type { RawValue } from '../../bson/raw-value.js';
import { BsonType } from '../../bson/types.js';
import { int64Value, nullValue } from '../../bson/values.js';
import { CommandError } from '../../errors.js';
import { civilTime, dayNumber, isoDayOfWeek, mod, msPerDay, msPerHour, msPerMinute, msPerSecond } from './calendar.js';
import { isNullish, type Value } from './compile-context.js';
import { coerceToInstant, instantValue, isDateLike, unitOperand, weekdayOperand, zoneOperand, type TimeUnit } from './date-operands.js';
import { named, typeNameOf, type NamedArgumentRules } from './operands.js';
import { toInstant, toLocal, type TimeZone } from './time-zone.js';

const diffRules: NamedArgumentRules<'startDate' | 'endDate' | 'unit', 'timezone' | 'startOfWeek'> = {
  required: ['startDate', 'endDate', 'unit'],
  optional: ['timezone', 'startOfWeek'],
  notObject: (name, type) => new CommandError(5166301, `${name} only supports an object as its argument.found ${type}`),
  unknown: (name, field) => new CommandError(5166302, `Unrecognized argument to ${name}: ${field}`),
  missing: (name, field) => new CommandError(field === 'startDate' ? 5166303 : field === 'endDate' ? 5166304 : 5166305, `Missing '${field}' parameter to ${name}`),
};

const sunday = 7;

export const dateDiff = named(diffRules, (values, given, _environment, name) => {
  const { startDate, endDate, unit, startOfWeek } = values;
  if (isNullish(startDate) || isNullish(endDate) || isNullish(unit)) return nullValue;
  if (isWeek(unit) && given.has('startOfWeek') && isNullish(startOfWeek)) return nullValue;
  const zone = zoneOperand(values.timezone, given.has('timezone'));
  if (zone === undefined) return nullValue;
  const start = dateOf(startDate, 'startDate', 5166307, name);
  const end = dateOf(endDate, 'endDate', 5166307, name);
  const timeUnit = unitOperand(unit, name);
  const firstDay = weekStart(timeUnit, startOfWeek, name);
  return int64Value(BigInt(boundariesBetween(start, end, timeUnit, zone, firstDay)));
});

/** Nulls are looked for before anything else is wrong with an argument, so that a unit is not yet known to be one. */
function isWeek(unit: RawValue): boolean {
  return unit.type === BsonType.string && unit.string() === 'week';
}

function weekStart(unit: TimeUnit, value: Value, name: string): number {
  return unit !== 'week' || isNullish(value) ? sunday : weekdayOperand(value, name);
}

function dateOf(value: NonNullable<Value>, role: string, code: number, name: string): number {
  if (!isDateLike(value)) throw new CommandError(code, `${name} requires '${role}' to be a date, but got ${typeNameOf(value)}`);
  return coerceToInstant(value);
}

/** Hours and shorter units are counted on the instants' own line, longer ones on the calendar. */
function boundariesBetween(start: number, end: number, unit: TimeUnit, zone: TimeZone, firstDay: number): number {
  return unitNumber(end, unit, zone, firstDay) - unitNumber(start, unit, zone, firstDay);
}

function unitNumber(instant: number, unit: TimeUnit, zone: TimeZone, firstDay: number): number {
  const local = toLocal(instant, zone);
  switch (unit) {
    case 'year':
      return civilTime(local).year;
    case 'quarter':
      return Math.floor(monthNumber(local) / 3);
    case 'month':
      return monthNumber(local);
    case 'week':
      return Math.floor((Math.floor(local / msPerDay) - weekAnchor(firstDay)) / 7);
    case 'day':
      return Math.floor(local / msPerDay);
    case 'hour':
      return Math.floor(local / msPerHour) + unshifted(instant, local, msPerHour);
    case 'minute':
      return Math.floor(instant / msPerMinute);
    case 'second':
      return Math.floor(instant / msPerSecond);
    case 'millisecond':
      return instant;
  }
}

/** Takes the zone's whole offset out of an hour count again: a change of the clock is no hour gone by. */
function unshifted(instant: number, local: number, unit_ms: number): number {
  return -Math.floor((local - instant) / unit_ms);
}

function monthNumber(local: number): number {
  const { year, month } = civilTime(local);
  return year * 12 + month - 1;
}

/** The number of a day on which a week begins. */
function weekAnchor(firstDay: number): number {
  return mod(firstDay - isoDayOfWeek(0), 7);
}

const truncRules: NamedArgumentRules<'date' | 'unit', 'binSize' | 'timezone' | 'startOfWeek'> = {
  required: ['date', 'unit'],
  optional: ['binSize', 'timezone', 'startOfWeek'],
  notObject: (name, type) => new CommandError(5439007, `${name} only supports an object as its argument, found: ${type}`),
  unknown: (name, field) => new CommandError(5439008, `Unrecognized argument to ${name}: ${field}. Expected arguments are date, unit, and optionally, binSize, timezone, startOfWeek`),
  missing: (name, field) => new CommandError(field === 'date' ? 5439009 : 5439010, `Missing '${field}' argument to ${name}`),
};

export const dateTrunc = named(truncRules, (values, given, _environment, name) => {
  const { date, unit, binSize, startOfWeek } = values;
  if (isNullish(date) || isNullish(unit) || (given.has('binSize') && isNullish(binSize))) return nullValue;
  if (isWeek(unit) && given.has('startOfWeek') && isNullish(startOfWeek)) return nullValue;
  const zone = zoneOperand(values.timezone, given.has('timezone'));
  if (zone === undefined) return nullValue;
  const instant = dateOf(date, 'date', 5439012, name);
  const timeUnit = unitOperand(unit, name);
  const firstDay = weekStart(timeUnit, startOfWeek, name);
  const bin = binOf(binSize, name);
  checkBin(bin, timeUnit);
  return instantValue(truncate(instant, timeUnit, Number(bin), zone, firstDay));
});

function binOf(value: Value, name: string): bigint {
  if (isNullish(value)) return 1n;
  const bin = exactInteger(value);
  if (bin === undefined) throw new CommandError(5439017, `${name} requires 'binSize' to be a 64-bit integer, but got value of type ${typeNameOf(value)}`);
  if (bin <= 0n) throw new CommandError(5439018, `${name} requires 'binSize' to be greater than 0, but got value ${bin}`);
  return bin;
}

const largestCalendarBin = 100_000_000_000n;

/** Bins of hours and less must be countable in 64 bits of milliseconds, longer ones be within the calendar. */
function checkBin(bin: bigint, unit: TimeUnit): void {
  const fixed = fixedUnits[unit];
  if (fixed === undefined) {
    if (bin > largestCalendarBin) throw new CommandError(5439006, 'dateTrunc unsupported binSize value');
  } else if (BigInt.asIntN(64, bin * BigInt(fixed)) !== bin * BigInt(fixed)) {
    throw new CommandError(5439002, 'dateTrunc overflowed');
  }
}

/** Bins are counted from 2000-01-01T00:00 of the time zone (weeks from the first start of a week from there on). */
const referenceDay = dayNumber(2000, 1, 1);
const referenceLocal = referenceDay * msPerDay;
const referenceMonth = 2000 * 12;
const fixedUnits: Readonly<Partial<Record<TimeUnit, number>>> = { hour: msPerHour, minute: msPerMinute, second: msPerSecond, millisecond: 1 };
const monthsPerUnit: Readonly<Partial<Record<TimeUnit, number>>> = { year: 12, quarter: 3, month: 1 };

export function truncate(instant: number, unit: TimeUnit, bin: number, zone: TimeZone, firstDay: number): number {
  const fixed = fixedUnits[unit];
  if (fixed !== undefined) {
    const reference = toInstant(referenceLocal, zone);
    return reference + lowerMultiple(instant - reference, bin * fixed);
  }
  const local = toLocal(instant, zone);
  const months = monthsPerUnit[unit];
  if (months !== undefined) {
    const month = referenceMonth + lowerMultiple(monthNumber(local) - referenceMonth, bin * months);
    return toInstant(dayNumber(Math.floor(month / 12), mod(month, 12) + 1, 1) * msPerDay, zone);
  }
  const inWeeks = unit === 'week';
  const anchor = inWeeks ? referenceDay + mod(firstDay - isoDayOfWeek(referenceLocal), 7) : referenceDay;
  const day = anchor + lowerMultiple(Math.floor(local / msPerDay) - anchor, bin * (inWeeks ? 7 : 1));
  return toInstant(day * msPerDay, zone);
}

function lowerMultiple(value: number, step: number): number {
  return Math.floor(value / step) * step;
}
