// $year, $month, ... $isoWeekYear: one part of a date, in a time zone. Source: the manual's pages of the same names.
import { BsonType } from '../../bson/types.js';
import { arrayValues, elements } from '../../bson/reader.js';
import { int32Value, int64Value, nullValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { describeValue } from '../describe-value.js';
import type { Expression } from '../expression.js';
import { civilTime, dayOfWeek, dayOfYear, isoDayOfWeek, isoWeek, weekOfYear } from './calendar.js';
import { isNullish, type CompileContext, type OperatorCompiler } from './compile-context.js';
import { coerceToInstant, zoneOperand } from './date-operands.js';
import { derivedExpression } from './derive.js';
import { toLocal } from './time-zone.js';

interface PartArguments {
  readonly date: Expression;
  readonly zone: Expression | undefined;
}

/** `{$year: <date>}`, `{$year: [<date>]}` or `{$year: {date: <date>, timezone: <zone>}}`. */
function part(read: (local: number) => RawValue): OperatorCompiler {
  return (argument, context, name) => {
    const { date, zone } = parsePart(argument, context, name);
    return derivedExpression(zone === undefined ? [date] : [date, zone], (scope) => {
      const value = date.evaluate(scope);
      const where = zoneOperand(zone?.evaluate(scope), zone !== undefined);
      if (isNullish(value) || where === undefined) return nullValue;
      return read(toLocal(coerceToInstant(value), where));
    });
  };
}

function parsePart(argument: RawValue, context: CompileContext, name: string): PartArguments {
  if (argument.type === BsonType.array) {
    const operands = arrayValues(argument);
    if (operands.length !== 1) {
      throw new CommandError(40536, `${name} accepts exactly one argument if given an array, but was given ${operands.length}`);
    }
    return { date: context.compile(operands[0]!), zone: undefined };
  }
  if (argument.type !== BsonType.object || beginsWithOperator(argument)) return { date: context.compile(argument), zone: undefined };
  let date: RawValue | undefined;
  let zone: RawValue | undefined;
  for (const [field, value] of elements(argument)) {
    if (field === 'date') date = value;
    else if (field === 'timezone') zone = value;
    else throw new CommandError(40535, `unrecognized option to ${name}: "${field}"`);
  }
  if (date === undefined) throw new CommandError(40539, `missing 'date' argument to ${name}, provided: ${name}: ${describeValue(argument)}`);
  return { date: context.compile(date), zone: zone === undefined ? undefined : context.compile(zone) };
}

function beginsWithOperator(value: RawValue): boolean {
  for (const [name] of elements(value)) return name.startsWith('$');
  return false;
}

export const year = part((local) => int32Value(civilTime(local).year));
export const month = part((local) => int32Value(civilTime(local).month));
export const dayOfMonth = part((local) => int32Value(civilTime(local).day));
export const hour = part((local) => int32Value(civilTime(local).hour));
export const minute = part((local) => int32Value(civilTime(local).minute));
export const second = part((local) => int32Value(civilTime(local).second));
export const millisecond = part((local) => int32Value(civilTime(local).millisecond));
export const dayOfYearPart = part((local) => int32Value(dayOfYear(local)));
export const dayOfWeekPart = part((local) => int32Value(dayOfWeek(local)));
export const week = part((local) => int32Value(weekOfYear(local)));
export const isoDayOfWeekPart = part((local) => int32Value(isoDayOfWeek(local)));
export const isoWeekPart = part((local) => int32Value(isoWeek(local).week));
export const isoWeekYear = part((local) => int64Value(BigInt(isoWeek(local).year)));
