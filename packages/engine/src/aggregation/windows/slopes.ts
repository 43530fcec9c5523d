// $derivative and $integral: slope and area of a value over the field that the documents are sorted by.
// Source: the manual's pages "$derivative" and "$integral".
import { add, divide, multiply, subtract } from '../../bson/arithmetic.js';
import { BsonType, isNumericType } from '../../bson/types.js';
import { elements } from '../../bson/reader.js';
import { doubleValue, int32Value, int64Value, nullValue } from '../../bson/values.js';
import { asDouble } from '../../bson/conversion.js';
import { exactDecimal } from '../../bson/compare-numbers.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { msPerDay, msPerHour, msPerMinute, msPerSecond } from '../expressions/calendar.js';
import type { Expression } from '../expression.js';
import { isNullish, type Value } from '../expressions/compile-context.js';
import { parseUnit } from '../expressions/date-operands.js';
import { typeNameOf } from '../expressions/operands.js';
import { parseBounds } from './bounds.js';
import type { Partition, WindowCompiler, WindowContext } from './partition.js';

const failed = (message: string): CommandError => new CommandError('FailedToParse', message);

/** Only units of a fixed length can divide a span of time. */
const unitLengths_ms: Readonly<Record<string, number>> = { week: 7 * msPerDay, day: msPerDay, hour: msPerHour, minute: msPerMinute, second: msPerSecond, millisecond: 1 };

interface SlopeArguments {
  readonly input: Expression;
  /** Milliseconds of the unit; undefined: the documents are sorted by a number. */
  readonly unit_ms: number | undefined;
}

function parseArguments(argument: RawValue, context: WindowContext, name: string): SlopeArguments {
  if (argument.type !== BsonType.object) throw failed(`${name} expects an object`);
  const given = new Map(elements(argument));
  for (const field of given.keys()) {
    if (field !== 'input' && field !== 'unit') throw failed(`${name} got unexpected argument: ${field}`);
  }
  const input = given.get('input');
  if (input === undefined) throw failed(`${name} requires an 'input' expression`);
  if (context.order?.onlyFieldNames === undefined) throw failed(`${name} requires a sortBy of exactly one field`);
  return { input: context.expressions.compile(input), unit_ms: unitLength(given.get('unit'), name) };
}

function unitLength(unit: RawValue | undefined, name: string): number | undefined {
  if (unit === undefined) return undefined;
  if (unit.type !== BsonType.string) throw failed(`${name} 'unit' must be a string`);
  const length = unitLengths_ms[parseUnit(unit.string())];
  if (length === undefined) throw new CommandError(5490710, `unit must be 'week' or smaller in ${name}`);
  return length;
}

interface AxisCodes {
  readonly unitWithoutDate: number;
  readonly dateWithoutUnit: number;
}

/** Dates need a unit to be told in, numbers have none. */
function checkAxis(value: Value, unit_ms: number | undefined, codes: AxisCodes, name: string): void {
  const isDate = value?.type === BsonType.date;
  if (unit_ms !== undefined && !isDate) throw new CommandError(codes.unitWithoutDate, `${name} with 'unit' expects the sortBy field to be a Date`);
  if (unit_ms === undefined && isDate) throw new CommandError(codes.dateWithoutUnit, `${name} where the sortBy is a Date requires an 'unit'`);
}

const slopeCodes: AxisCodes = { unitWithoutDate: 5624900, dateWithoutUnit: 5624901 };
const areaCodes: AxisCodes = { unitWithoutDate: 5423901, dateWithoutUnit: 5423902 };

/** How far apart two values of the axis are: of dates, milliseconds. */
function distance(start: RawValue, end: RawValue): RawValue {
  return subtract(end.type === BsonType.date ? int64Value(end.int64()) : end, start.type === BsonType.date ? int64Value(start.int64()) : start);
}

function isNumber(value: Value): value is RawValue {
  return value !== undefined && isNumericType(value.type);
}

function isZero(value: RawValue): boolean {
  const decimal = exactDecimal(value);
  return decimal.kind === 'finite' && decimal.coefficient === 0n;
}

/** What is between two values of the input, which may be dates as well. */
function rise(first: Value, last: Value, name: string): RawValue {
  if (isNullish(first) || isNullish(last)) throw new CommandError(5624903, `${name} input must not be null or missing`);
  if ((isNumber(first) && isNumber(last)) || (first.type === BsonType.date && last.type === BsonType.date)) return distance(first, last);
  throw new CommandError('TypeMismatch', `can't $subtract ${typeNameOf(first)} from ${typeNameOf(last)}`);
}

export const derivative: WindowCompiler = (argument, window, context, name) => {
  const { input, unit_ms } = parseArguments(argument, context, name);
  if (window === undefined) throw failed(`${name} requires explicit window bounds`);
  const bounds = parseBounds(window, context);
  return (partition) => (index) => {
    const { start, end } = bounds.rangeOf(partition, index);
    if (end <= start) return nullValue;
    const [from, to] = [partition.sortValue(start), partition.sortValue(end - 1)];
    checkAxis(from, unit_ms, slopeCodes, name);
    checkAxis(to, unit_ms, slopeCodes, name);
    if (unit_ms === undefined && !(isNumber(from) && isNumber(to))) {
      throw new CommandError(5624902, `${name} (with no 'unit') expects the sortBy field to be numeric`);
    }
    const run = distance(from!, to!);
    const height = rise(input.evaluate(partition.scopes[start]!), input.evaluate(partition.scopes[end - 1]!), name);
    if (isZero(run)) return nullValue;
    const slope = divide(height, run);
    return unit_ms === undefined ? slope : multiply(slope, int64Value(BigInt(unit_ms)));
  };
};

/** The points under which the area lies: all of the partition's are looked at before the first area is reckoned. */
function pointsOf(partition: Partition, { input, unit_ms }: SlopeArguments, name: string): readonly (readonly [x: RawValue, y: RawValue])[] {
  return partition.scopes.map((scope, index) => {
    const x = partition.sortValue(index);
    const y = input.evaluate(scope);
    if (!isNumber(y) || x === undefined || !(x.type === BsonType.date || isNumericType(x.type))) {
      throw new CommandError(5423900, `The input value of ${name} window function must be a vector of 2 value, the first value must be numeric or date type and the second must be numeric.`);
    }
    checkAxis(x, unit_ms, areaCodes, name);
    return [x, y];
  });
}

export const integral: WindowCompiler = (argument, window, context, name) => {
  const slope = parseArguments(argument, context, name);
  const bounds = parseBounds(window, context);
  return (partition) => {
    const points = pointsOf(partition, slope, name);
    return (index) => {
      const { start, end } = bounds.rangeOf(partition, index);
      if (end <= start) return nullValue;
      const window = points.slice(start, end);
      if (window.some(([x, y]) => isNaNumber(x) || isNaNumber(y))) return doubleValue(Number.NaN);
      const area = window.slice(1).reduce((sum, point, before) => add(sum, trapezoid(window[before]!, point)), int32Value(0));
      return slope.unit_ms === undefined ? area : divide(area, int64Value(BigInt(slope.unit_ms)));
    };
  };
};

function trapezoid([x1, y1]: readonly [RawValue, RawValue], [x2, y2]: readonly [RawValue, RawValue]): RawValue {
  return divide(multiply(add(y1, y2), distance(x1, x2)), doubleValue(2));
}

function isNaNumber(value: RawValue): boolean {
  return isNumericType(value.type) && Number.isNaN(asDouble(value));
}
