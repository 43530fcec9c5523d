// What date operators take: dates (also timestamps and ObjectIds), time zones, units, days of the week.
import { BsonType } from '../../bson/types.js';
import { dateValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { isNullish, type Value } from './compile-context.js';
import { typeNameOf } from './operands.js';
import { timeZone, utc, type TimeZone } from './time-zone.js';

/** Milliseconds of a date, timestamp or ObjectId; 16006 for anything else. */
export function coerceToInstant(value: RawValue): number {
  switch (value.type) {
    case BsonType.date:
      return Number(value.int64());
    case BsonType.timestamp:
      return Number(value.uint64() >> 32n) * 1000;
    case BsonType.objectId:
      return value.bytes.readInt32BE(value.start) * 1000;
    default:
      throw new CommandError(16006, `can't convert from BSON type ${typeNameOf(value)} to Date`);
  }
}

/** Whether `coerceToInstant` takes values of this type. */
export function isDateLike(value: RawValue): boolean {
  return value.type === BsonType.date || value.type === BsonType.timestamp || value.type === BsonType.objectId;
}

/** The zone of an evaluated `timezone` argument: UTC where it was not given, undefined where it is null. */
export function zoneOperand(value: Value, isGiven: boolean): TimeZone | undefined {
  if (!isGiven) return utc;
  if (isNullish(value)) return undefined;
  if (value.type !== BsonType.string) throw new CommandError(40517, `timezone must evaluate to a string, found ${typeNameOf(value)}`);
  return timeZone(value.string());
}

/** A date of so many milliseconds, however they were reckoned. */
export function instantValue(instant: number): RawValue {
  return dateValue(BigInt(Math.trunc(instant)));
}

export const timeUnits = ['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second', 'millisecond'] as const;
export type TimeUnit = (typeof timeUnits)[number];

/** The unit that a `unit` argument names. */
export function unitOperand(value: RawValue, name: string): TimeUnit {
  if (value.type !== BsonType.string) {
    throw new CommandError(5439013, `${name} requires 'unit' to be a string, but got ${typeNameOf(value)}`);
  }
  return parseUnit(value.string());
}

export function parseUnit(text: string): TimeUnit {
  const unit = timeUnits.find((candidate) => candidate === text);
  if (unit === undefined) throw new CommandError('FailedToParse', `unknown time unit value: ${text}`);
  return unit;
}

const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

/** 1 (Monday) to 7 (Sunday) for a name or its first three letters, in any case. */
export function weekdayOperand(value: RawValue, name: string): number {
  if (value.type !== BsonType.string) {
    throw new CommandError(5439015, `${name} requires 'startOfWeek' to be a string, but got ${typeNameOf(value)}`);
  }
  const text = value.string().toLowerCase();
  const index = weekdays.findIndex((weekday) => weekday === text || weekday.slice(0, 3) === text);
  if (index < 0) throw new CommandError(5439016, `${name} parameter 'startOfWeek' value cannot be recognized as a day of a week: ${value.string()}`);
  return index + 1;
}
