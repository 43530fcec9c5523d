// $derivative and $integral: slope and area of a value over the field that the documents are sorted by.
// Source: the manual's pages "$derivative" and "$integral".
import { add, divide, multiply, subtract } from '../../bson/arithmetic.js';
import { BsonType, isNumericType } from '../../bson/types.js';
import { elements } from '../../bson/reader.js';
import { doubleValue, int32Value, int64Value, nullValue } from '../../bson/values.js';
import { exactDecimal } from '../../bson/compare-numbers.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { msPerDay, msPerHour, msPerMinute, msPerSecond } from '../expressions/calendar.js';
import type { Expression } from '../expression.js';
import { isNullish, type Value } from '../expressions/compile-context.js';
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
  const length = unit.type === BsonType.string ? unitLengths_ms[unit.string()] : undefined;
  if (length === undefined) throw new CommandError(5490704, `unit must be 'week' or smaller in ${name}`);
  return length;
}

/** How far apart two documents are on the axis, in the unit. */
function distance(partition: Partition, from: number, to: number, unit_ms: number | undefined, name: string): RawValue {
  const [start, end] = [partition.sortValue(from), partition.sortValue(to)];
  if (start?.type === BsonType.date && end?.type === BsonType.date) {
    if (unit_ms === undefined) throw new CommandError(5624900, `${name} where the sortBy is a Date requires an 'unit'`);
    return divide(int64Value(end.int64() - start.int64()), int64Value(BigInt(unit_ms)));
  }
  if (unit_ms !== undefined) throw new CommandError(5624901, `${name} with 'unit' expects the sortBy field to be a Date`);
  return subtract(numberOf(end, name), numberOf(start, name));
}

function numberOf(value: Value, name: string): RawValue {
  if (value === undefined || !isNumericType(value.type)) throw new CommandError(5624902, `${name} expects numeric values, found ${typeNameOf(value)}`);
  return value;
}

function isZero(value: RawValue): boolean {
  const decimal = exactDecimal(value);
  return decimal.kind === 'finite' && decimal.coefficient === 0n;
}

export const derivative: WindowCompiler = (argument, window, context, name) => {
  const { input, unit_ms } = parseArguments(argument, context, name);
  if (window === undefined) throw failed(`${name} requires explicit window bounds`);
  const bounds = parseBounds(window, context);
  return (partition) => (index) => {
    const { start, end } = bounds.rangeOf(partition, index);
    if (end - start < 2) return nullValue;
    const [first, last] = [input.evaluate(partition.scopes[start]!), input.evaluate(partition.scopes[end - 1]!)];
    if (isNullish(first) || isNullish(last)) return nullValue;
    const run = distance(partition, start, end - 1, unit_ms, name);
    if (isZero(run)) return nullValue;
    return divide(subtract(numberOf(last, name), numberOf(first, name)), run);
  };
};

export const integral: WindowCompiler = (argument, window, context, name) => {
  const { input, unit_ms } = parseArguments(argument, context, name);
  const bounds = parseBounds(window, context);
  const half = doubleValue(0.5);
  return (partition) => {
    const values = partition.scopes.map((scope) => numberOf(input.evaluate(scope), name));
    return (index) => {
      const { start, end } = bounds.rangeOf(partition, index);
      if (end <= start) return nullValue;
      let area: RawValue = int32Value(0);
      for (let i = start + 1; i < end; i += 1) {
        const height = multiply(add(values[i - 1]!, values[i]!), half);
        area = add(area, multiply(height, distance(partition, i - 1, i, unit_ms, name)));
      }
      return area;
    };
  };
};
