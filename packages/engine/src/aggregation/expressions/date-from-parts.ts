// $dateFromParts and $dateToParts. Source: the manual's pages of the same names.
import { wholeNumber } from '../../bson/integers.js';
import { isTruthy } from '../../bson/truth.js';
import { BsonType } from '../../bson/types.js';
import { int32Value, nullValue, objectValue } from '../../bson/values.js';
import { CommandError } from '../../errors.js';
import { describeComputed } from '../describe-value.js';
import { civilTime, isoDayNumber, isoDayOfWeek, isoWeek, localTime, msPerDay, type CivilTime } from './calendar.js';
import { isNullish, type Value } from './compile-context.js';
import { coerceToInstant, instantValue, zoneOperand } from './date-operands.js';
import { named, typeNameOf, type NamedArgumentRules } from './operands.js';
import { toInstant, toLocal } from './time-zone.js';

const timeFields = ['hour', 'minute', 'second', 'millisecond'] as const;
const dateFields = ['year', 'month', 'day', 'isoWeekYear', 'isoWeek', 'isoDayOfWeek'] as const;
type PartField = (typeof timeFields)[number] | (typeof dateFields)[number];

const fromRules: NamedArgumentRules<never, PartField | 'timezone'> = {
  required: [],
  optional: [...dateFields, ...timeFields, 'timezone'],
  notObject: (name) => new CommandError(40519, `${name} only supports an object as its argument`),
  unknown: (name, field) => new CommandError(40518, `Unrecognized argument to ${name}: ${field}`),
  missing: (name) => new CommandError(40516, `${name} requires either 'year' or 'isoWeekYear' to be present`),
};

export const dateFromParts = named(fromRules, (values, given, _environment, name) => {
  const isIso = checkPartFields(given, name);
  const zone = zoneOperand(values.timezone, given.has('timezone'));
  const parts = new Map<PartField, number>();
  for (const field of given) {
    if (field === 'timezone') continue;
    const number = partNumber(values[field], field, name);
    if (number === undefined) return nullValue;
    parts.set(field, number);
  }
  if (zone === undefined) return nullValue;
  const time = { hour: parts.get('hour') ?? 0, minute: parts.get('minute') ?? 0, second: parts.get('second') ?? 0, millisecond: parts.get('millisecond') ?? 0 };
  const local = isIso ? isoLocal(parts, time) : localTime({ year: parts.get('year')!, month: parts.get('month') ?? 1, day: parts.get('day') ?? 1, ...time });
  return instantValue(toInstant(local, zone));
});

function isoLocal(parts: ReadonlyMap<PartField, number>, time: Omit<CivilTime, 'year' | 'month' | 'day'>): number {
  const day = isoDayNumber(parts.get('isoWeekYear')!, parts.get('isoWeek') ?? 1, parts.get('isoDayOfWeek') ?? 1);
  return day * msPerDay + localTime({ year: 1970, month: 1, day: 1, ...time });
}

/** Whether it is an ISO week date; the two kinds of fields do not mix. */
function checkPartFields(given: ReadonlySet<PartField | 'timezone'>, name: string): boolean {
  const isNatural = given.has('year');
  if (!isNatural && !given.has('isoWeekYear')) throw new CommandError(40516, `${name} requires either 'year' or 'isoWeekYear' to be present`);
  const others = isNatural ? (['isoWeekYear', 'isoWeek', 'isoDayOfWeek'] as const) : (['month', 'day'] as const);
  if (others.some((field) => given.has(field))) {
    throw new CommandError(isNatural ? 40489 : 40525, `${name} does not allow mixing natural dates with ISO dates`);
  }
  return !isNatural;
}

function partNumber(value: Value, field: PartField, name: string): number | undefined {
  if (isNullish(value)) return undefined;
  const number = wholeNumber(value);
  if (number === undefined) {
    throw new CommandError(40515, `'${field}' must evaluate to an integer, found ${typeNameOf(value)} with value ${describeComputed(value)}`);
  }
  const isYear = field === 'year' || field === 'isoWeekYear';
  if (isYear && (number < 1 || number > 9999)) {
    throw new CommandError(field === 'year' ? 40523 : 31095, `'${field}' must evaluate to an integer in the range 1 to 9999, found ${number}`);
  }
  if (!isYear && !timeFieldsWithWideRange.has(field) && (number < -32768 || number > 32767)) {
    throw new CommandError(31034, `'${field}' must evaluate to a value in the range [-32768, 32767]; value ${number} is not in range (${name})`);
  }
  return number;
}

/** The manual: "second" and "millisecond" may carry as far as they like. */
const timeFieldsWithWideRange: ReadonlySet<PartField> = new Set<PartField>(['second', 'millisecond']);

const toRules: NamedArgumentRules<'date', 'timezone' | 'iso8601'> = {
  required: ['date'],
  optional: ['timezone', 'iso8601'],
  notObject: (name) => new CommandError(40524, `${name} only supports an object as its argument`),
  unknown: (name, field) => new CommandError(40520, `Unrecognized argument to ${name}: ${field}`),
  missing: (name) => new CommandError(40522, `Missing 'date' parameter to ${name}`),
};

export const dateToParts = named(toRules, (values, given) => {
  const zone = zoneOperand(values.timezone, given.has('timezone'));
  if (zone === undefined || isNullish(values.date)) return nullValue;
  if (given.has('iso8601') && isNullish(values.iso8601)) return nullValue;
  if (values.iso8601 !== undefined && values.iso8601.type !== BsonType.bool) {
    throw new CommandError(40521, `iso8601 must evaluate to a bool, found ${typeNameOf(values.iso8601)}`);
  }
  const local = toLocal(coerceToInstant(values.date), zone);
  const time = civilTime(local);
  const week = isoWeek(local);
  const date: readonly (readonly [string, number])[] = isTruthy(values.iso8601)
    ? [['isoWeekYear', week.year], ['isoWeek', week.week], ['isoDayOfWeek', isoDayOfWeek(local)]]
    : [['year', time.year], ['month', time.month], ['day', time.day]];
  const fields = [...date, ...timeFields.map((field) => [field, time[field]] as const)];
  return objectValue(fields.map(([field, number]) => [field, int32Value(number)]));
});
