// $dateAdd and $dateSubtract: a date some units later or earlier, on the calendar of its time zone.
// Source: the manual's pages "$dateAdd" and "$dateSubtract".
import { exactInteger } from '../../bson/integers.js';
import { nullValue } from '../../bson/values.js';
import { CommandError } from '../../errors.js';
import { civilTime, daysInMonth, localTime, mod, msPerDay, msPerHour, msPerMinute, msPerSecond } from './calendar.js';
import { isNullish, type OperatorCompiler } from './compile-context.js';
import { coerceToInstant, instantValue, isDateLike, unitOperand, zoneOperand, type TimeUnit } from './date-operands.js';
import { named, typeNameOf, type NamedArgumentRules } from './operands.js';
import { toInstant, toLocal, type TimeZone } from './time-zone.js';

const rules: NamedArgumentRules<'startDate' | 'unit' | 'amount', 'timezone'> = {
  required: ['startDate', 'unit', 'amount'],
  optional: ['timezone'],
  notObject: (name, type) => new CommandError(5166400, `${name} expects an object as its argument.found ${type}`),
  unknown: (name, field) => new CommandError(5166401, `Unrecognized argument to ${name}: ${field}. Expected arguments are startDate, unit, amount, and optionally timezone.`),
  missing: (name) => new CommandError(5166402, `${name} requires startDate, unit, and amount to be present`),
};

const farthestInstant = 8.64e15;

function stepping(sign: 1 | -1): OperatorCompiler {
  return named(rules, (values, given, _environment, name) => {
    const { startDate, unit, amount } = values;
    if (isNullish(startDate) || isNullish(unit)) return nullValue;
    const timeUnit = unitOperand(unit, name);
    if (isNullish(amount)) return nullValue;
    const zone = zoneOperand(values.timezone, given.has('timezone'));
    if (zone === undefined) return nullValue;
    if (!isDateLike(startDate)) {
      throw new CommandError(5166403, `${name} requires startDate to be convertible to a date. Found ${typeNameOf(startDate)}`);
    }
    const count = exactInteger(amount);
    if (count === undefined) throw new CommandError(5166405, `${name} expects integer amount of time units`);
    if (sign < 0 && count === smallestLong) throw new CommandError(6045000, `invalid ${name} 'amount' parameter value: ${count}`);
    checkAmount(count, timeUnit);
    const result = addUnits(coerceToInstant(startDate), timeUnit, sign * Number(count), zone);
    if (!(Math.abs(result) <= farthestInstant)) throw new CommandError(5166406, `${name} overflowed`);
    return instantValue(result);
  });
}

export const dateAdd = stepping(1);
export const dateSubtract = stepping(-1);

const smallestLong = -(2n ** 63n);
const mostDays = (2n ** 64n - 1n) / BigInt(msPerDay) + 1n;
const mostYears = mostDays / 365n + 1n;

/** About as many as there are between the first and the last date of 64 bits. Milliseconds have no bound of their own. */
const mostUnits: Readonly<Partial<Record<TimeUnit, bigint>>> = {
  year: mostYears,
  quarter: mostYears * 4n,
  month: mostYears * 12n,
  week: mostDays / 7n,
  day: mostDays,
  hour: mostDays * 24n,
  minute: mostDays * 24n * 60n,
  second: mostDays * 24n * 60n * 60n,
};

function checkAmount(amount: bigint, unit: TimeUnit): void {
  const most = mostUnits[unit];
  if (most !== undefined && (amount <= -most || amount >= most)) {
    throw new CommandError(5976500, `invalid dateAdd 'amount' parameter value: ${amount} ${unit}`);
  }
}

const fixedUnits: Readonly<Partial<Record<TimeUnit, number>>> = { hour: msPerHour, minute: msPerMinute, second: msPerSecond, millisecond: 1 };
const monthsPerUnit: Readonly<Partial<Record<TimeUnit, number>>> = { year: 12, quarter: 3, month: 1 };

/** Days and longer units keep the wall clock's time of day; a day that the month has not becomes its last. */
export function addUnits(instant: number, unit: TimeUnit, amount: number, zone: TimeZone): number {
  const fixed = fixedUnits[unit];
  if (fixed !== undefined) return instant + amount * fixed;
  const local = toLocal(instant, zone);
  const months = monthsPerUnit[unit];
  if (months === undefined) return toInstant(local + amount * (unit === 'week' ? 7 : 1) * msPerDay, zone);
  return toInstant(addMonths(local, amount * months), zone);
}

function addMonths(local: number, amount: number): number {
  const time = civilTime(local);
  const index = time.year * 12 + time.month - 1 + amount;
  const year = Math.floor(index / 12);
  const month = mod(index, 12) + 1;
  return localTime({ ...time, year, month, day: Math.min(time.day, daysInMonth(year, month)) });
}
