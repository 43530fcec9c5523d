// Elements and parts of arrays: $arrayElemAt, $first, $last, $slice, $size, $isArray, $in, $indexOfArray.
// Source: the manual's page "Array Expression Operators"; codes as the server gives them.
import { canonicalKey } from '../../bson/canonical-key.js';
import { compareValues } from '../../bson/compare.js';
import { BsonType, isNumericType } from '../../bson/types.js';
import { ElementReader, arrayValues } from '../../bson/reader.js';
import { arrayValue, booleanValue, int32Value, nullValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { describeComputed } from '../describe-value.js';
import { compareOptional } from './comparison.js';
import type { Expression, Scope } from '../expression.js';
import { isNullish, type CompileContext, type OperatorCompiler, type Value } from './compile-context.js';
import { derivedExpression } from './derive.js';
import { binary, compileOperands, ranged, typeNameOf, unary } from './operands.js';
import { wholeInt32 } from './whole-operand.js';

export const arrayElemAt = binary((array, index) => {
  if (isNullish(array) || isNullish(index)) return nullValue;
  if (array.type !== BsonType.array) {
    throw new CommandError(28689, `$arrayElemAt's first argument must be an array, but is ${typeNameOf(array)}`);
  }
  if (!isNumericType(index.type)) {
    throw new CommandError(28690, `$arrayElemAt's second argument must be a numeric value, but is ${typeNameOf(index)}`);
  }
  const position = wholeInt32(index);
  if (position === undefined) {
    throw new CommandError(28691, `$arrayElemAt's second argument must be representable as a 32-bit integer: ${describeComputed(index)}`);
  }
  return position < 0 ? arrayValues(array).at(position) : elementAt(array, position);
});

function elementAt(array: RawValue, position: number): Value {
  const reader = ElementReader.of(array);
  for (let index = 0; reader.next(); index += 1) {
    if (index === position) return reader.value();
  }
  return undefined;
}

function endElement(name: string, pick: (array: RawValue) => Value): ReturnType<typeof unary> {
  return unary((array) => {
    if (isNullish(array)) return nullValue;
    if (array.type !== BsonType.array) throw new CommandError(28689, `${name}'s argument must be an array, but is ${typeNameOf(array)}`);
    return pick(array);
  });
}

export const firstElement = endElement('$first', (array) => elementAt(array, 0));
export const lastElement = endElement('$last', (array) => arrayValues(array).at(-1));

export const isArray = unary((value) => booleanValue(value?.type === BsonType.array));

export const size = unary((value) => {
  if (value?.type !== BsonType.array) {
    throw new CommandError(17124, `The argument to $size must be an array, but was of type: ${typeNameOf(value)}`);
  }
  const reader = ElementReader.of(value);
  let count = 0;
  while (reader.next()) count += 1;
  return int32Value(count);
});

export const inArray: OperatorCompiler = (argument, context, name) => {
  const [needle, array] = compileOperands(name, argument, context, 2, 2) as [Expression, Expression];
  const contains = array.constant?.type === BsonType.array ? constantMembership(array.constant, context) : searchedMembership(array, context);
  return derivedExpression([needle, array], (scope) => booleanValue(contains(needle.evaluate(scope), scope)));
};

type Membership = (value: Value, scope: Scope) => boolean;

/** An array that is always the same is looked up by key. */
function constantMembership(array: RawValue, { environment: { collation } }: CompileContext): Membership {
  const keys = new Set(arrayValues(array).map((item) => canonicalKey(item, collation)));
  return (value) => value !== undefined && keys.has(canonicalKey(value, collation));
}

function searchedMembership(expression: Expression, { environment: { collation } }: CompileContext): Membership {
  return (value, scope) => {
    const array = expression.evaluate(scope);
    if (array?.type !== BsonType.array) {
      throw new CommandError(40081, `$in requires an array as a second argument, found: ${typeNameOf(array)}`);
    }
    return arrayValues(array).some((item) => compareOptional(item, value, collation) === 0);
  };
}

export const slice = ranged(2, 3, (operands) => {
  if (operands.some(isNullish)) return nullValue;
  const [array, second, third] = operands as readonly [RawValue, RawValue, RawValue | undefined];
  if (array.type !== BsonType.array) {
    throw new CommandError(28724, `First argument to $slice must be an array, but is of type: ${typeNameOf(array)}`);
  }
  const values = arrayValues(array);
  const start = sliceNumber(second, 'Second', 28725, 28726);
  if (third === undefined) return arrayValue(start >= 0 ? values.slice(0, start) : values.slice(start));
  const count = sliceNumber(third, 'Third', 28727, 28728);
  if (count <= 0) throw new CommandError(28729, `Third argument to $slice must be positive: ${describeComputed(third)}`);
  const from = start >= 0 ? start : Math.max(values.length + start, 0);
  return arrayValue(values.slice(from, from + count));
});

function sliceNumber(value: RawValue, ordinal: string, typeCode: number, rangeCode: number): number {
  if (!isNumericType(value.type)) {
    throw new CommandError(typeCode, `${ordinal} argument to $slice must be a numeric value, but is of type: ${typeNameOf(value)}`);
  }
  const number = wholeInt32(value);
  if (number === undefined) {
    throw new CommandError(rangeCode, `${ordinal} argument to $slice can't be represented as a 32-bit integer: ${describeComputed(value)}`);
  }
  return number;
}

export const indexOfArray = ranged(2, 4, ([array, needle, from, to], { collation }) => {
  if (isNullish(array)) return nullValue;
  if (array.type !== BsonType.array) {
    throw new CommandError(40090, `$indexOfArray requires an array as a first argument, found: ${typeNameOf(array)}`);
  }
  const values = arrayValues(array);
  const start = from === undefined ? 0 : searchBound(from, '$indexOfArray', 'starting');
  const end = to === undefined ? values.length : Math.min(searchBound(to, '$indexOfArray', 'ending'), values.length);
  for (let index = start; index < end; index += 1) {
    if (needle !== undefined && compareValues(values[index]!, needle, collation) === 0) return int32Value(index);
  }
  return int32Value(-1);
});

/** The start or end of a search: a whole number that is not negative ($indexOfArray, $indexOfBytes, $indexOfCP). */
export function searchBound(value: RawValue, name: string, which: 'starting' | 'ending'): number {
  const number = wholeInt32(value);
  if (number === undefined) {
    throw new CommandError(40096, `${name} requires an integral ${which} index, found a value of type: ${typeNameOf(value)}, with value: ${describeComputed(value)}`);
  }
  if (number < 0) throw new CommandError(40097, `${name} requires a nonnegative ${which} index, found: ${number}`);
  return number;
}
