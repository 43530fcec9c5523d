// $add, $subtract, $multiply, $divide, $mod, $pow and the one-operand arithmetic. Null in, null out.
// Source: the manual's page "Arithmetic Expression Operators"; codes as the server gives them.
import * as numbers from '../../bson/arithmetic.js';
import { asDouble, smallestInteger, toInt64 } from '../../bson/conversion.js';
import { exactInteger } from '../../bson/integers.js';
import { BsonType, isNumericType } from '../../bson/types.js';
import { dateValue, int32Value, int64Value, nullValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { describeComputed } from '../describe-value.js';
import { isNullish, type OperatorCompiler, type Value } from './compile-context.js';
import { significantText } from './number-text.js';
import { binary, ranged, typeNameOf, unary, variadic } from './operands.js';

/** Folds numbers; a sum of ints that grew on the way and fits again is an int again. */
function fold(operands: readonly RawValue[], start: number, step: (a: RawValue, b: RawValue) => RawValue): RawValue {
  let result = int32Value(start);
  for (const operand of operands) result = step(result, operand);
  const isWhole = result.type === BsonType.long && operands.every(({ type }) => type === BsonType.int);
  return isWhole ? smallestInteger(result.int64()) : result;
}

export const add = variadic((operands) => {
  const numeric: RawValue[] = [];
  let date: RawValue | undefined;
  for (const operand of operands) {
    if (isNullish(operand)) return nullValue;
    if (operand.type === BsonType.date) {
      if (date !== undefined) throw new CommandError(16612, 'only one date allowed in an $add expression');
      date = operand;
    } else if (isNumericType(operand.type)) {
      numeric.push(operand);
    } else {
      throw new CommandError('TypeMismatch', `$add only supports numeric or date types, not ${typeNameOf(operand)}`);
    }
  }
  const sum = fold(numeric, 0, numbers.add);
  return date === undefined ? sum : shiftedDate(date, sum, 1, '$add');
});

export const subtract = binary((left, right) => {
  if (isNullish(left) || isNullish(right)) return nullValue;
  if (isNumericType(left.type) && isNumericType(right.type)) return numbers.subtract(left, right);
  if (left.type === BsonType.date && right.type === BsonType.date) return numbers.subtract(int64Value(left.int64()), int64Value(right.int64()));
  if (left.type === BsonType.date && isNumericType(right.type)) return shiftedDate(left, right, -1, '$subtract');
  throw new CommandError('TypeMismatch', `can't $subtract ${typeNameOf(right)} from ${typeNameOf(left)}`);
});

/** A date so many milliseconds (rounded) later or earlier. */
function shiftedDate(date: RawValue, by: RawValue, sign: 1 | -1, name: string): RawValue {
  const milliseconds = toInt64(by.type === BsonType.double || by.type === BsonType.decimal ? numbers.round(by) : by)?.int64();
  const shifted = milliseconds === undefined ? undefined : date.int64() + (sign === 1 ? milliseconds : -milliseconds);
  if (shifted === undefined || BigInt.asIntN(64, shifted) !== shifted) throw new CommandError('Overflow', `date overflow in ${name}`);
  return dateValue(shifted);
}

export const multiply = variadic((operands) => {
  for (const operand of operands) {
    if (isNullish(operand)) return nullValue;
    if (!isNumericType(operand.type)) throw new CommandError('TypeMismatch', `$multiply only supports numeric types, not ${typeNameOf(operand)}`);
  }
  return fold(operands as readonly RawValue[], 1, numbers.multiply);
});

function quotient(code: number, divide: (dividend: RawValue, divisor: RawValue) => RawValue): OperatorCompiler {
  return binary((left, right, _environment, name) => {
    if (isNullish(left) || isNullish(right)) return nullValue;
    if (!isNumericType(left.type) || !isNumericType(right.type)) {
      throw new CommandError(code, `${name} only supports numeric types, not ${typeNameOf(left)} and ${typeNameOf(right)}`);
    }
    return divide(left, right);
  });
}

const typeMismatch = 14;
export const divide = quotient(typeMismatch, numbers.divide);
export const mod = quotient(16611, numbers.modulo);

export const pow = binary((base, exponent) => {
  if (isNullish(base) || isNullish(exponent)) return nullValue;
  if (!isNumericType(base.type)) throw new CommandError(28762, `$pow's base must be numeric, not ${typeNameOf(base)}`);
  if (!isNumericType(exponent.type)) throw new CommandError(28763, `$pow's exponent must be numeric, not ${typeNameOf(exponent)}`);
  return numbers.power(base, exponent);
});

/** An operator of one number; `check` refuses numbers outside of its domain. */
function ofNumber(compute: (value: RawValue) => RawValue, check: (value: RawValue) => void = () => undefined): OperatorCompiler {
  return unary((value, _environment, name) => {
    if (isNullish(value)) return nullValue;
    if (!isNumericType(value.type)) throw new CommandError(28765, `${name} only supports numeric types, not ${typeNameOf(value)}`);
    check(value);
    return compute(value);
  });
}

function requirePositive(code: number, name: string): (value: RawValue) => void {
  return (value) => {
    if (asDouble(value) <= 0) throw new CommandError(code, `${name}'s argument must be a positive number, but is ${significantText(asDouble(value), 6)}`);
  };
}

export const abs = ofNumber(numbers.absolute);
export const ceil = ofNumber(numbers.ceiling);
export const floor = ofNumber(numbers.floor);
export const exp = ofNumber(numbers.exponential);
export const ln = ofNumber(numbers.naturalLogarithm, requirePositive(28766, '$ln'));
export const log10 = ofNumber(numbers.commonLogarithm, requirePositive(28761, '$log10'));
export const sqrt = ofNumber(numbers.squareRoot, (value) => {
  if (asDouble(value) < 0) throw new CommandError(28714, "$sqrt's argument must be greater than or equal to 0");
});

export const log = binary((value, base) => {
  if (isNullish(value) || isNullish(base)) return nullValue;
  if (!isNumericType(value.type)) throw new CommandError(28756, `$log's argument must be numeric, not ${typeNameOf(value)}`);
  if (!isNumericType(base.type)) throw new CommandError(28757, `$log's base must be numeric, not ${typeNameOf(base)}`);
  if (asDouble(value) <= 0) throw new CommandError(28758, `$log's argument must be a positive number, but is ${describeComputed(value)}`);
  if (asDouble(base) <= 0 || asDouble(base) === 1) {
    throw new CommandError(28759, `$log's base must be a positive number not equal to 1, but is ${describeComputed(base)}`);
  }
  return numbers.logarithm(value, base);
});

function rounding(compute: (value: RawValue, place: number) => RawValue): OperatorCompiler {
  return ranged(1, 2, ([value, place], _environment, name) => {
    if (isNullish(value)) return nullValue;
    if (!isNumericType(value.type)) throw new CommandError(51081, `${name} only supports numeric types, not ${typeNameOf(value)}`);
    if (place?.isNullish() === true) return nullValue;
    return compute(value, placeOf(place, name));
  });
}

function placeOf(value: Value, name: string): number {
  if (value === undefined) return 0;
  const place = exactInteger(value);
  if (place === undefined) throw new CommandError(51082, `precision argument to  ${name} must be a integral value`);
  if (place < -20n || place > 100n) {
    throw new CommandError(51083, `cannot apply ${name} with precision value ${place} value must be in [-20, 100]`);
  }
  return Number(place);
}

export const round = rounding(numbers.round);
export const trunc = rounding(numbers.truncate);
