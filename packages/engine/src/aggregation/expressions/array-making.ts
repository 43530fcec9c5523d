// Arrays out of arrays: $concatArrays, $reverseArray, $range, $zip.
// Source: the manual's page "Array Expression Operators"; codes as the server gives them.
import { BsonType, isNumericType } from '../../bson/types.js';
import { arrayValues, elements } from '../../bson/reader.js';
import { arrayValue, int32Value, nullValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { describeComputed } from '../describe-value.js';
import type { Expression } from '../expression.js';
import { isNullish, type CompileContext, type OperatorCompiler, type Value } from './compile-context.js';
import { derivedExpression } from './derive.js';
import { ranged, typeNameOf, unary, variadic } from './operands.js';
import { wholeInt32 } from './whole-operand.js';

export const concatArrays = variadic((operands) => {
  const items: RawValue[] = [];
  for (const operand of operands) {
    if (isNullish(operand)) return nullValue;
    if (operand.type !== BsonType.array) throw new CommandError(28664, `$concatArrays only supports arrays, not ${typeNameOf(operand)}`);
    for (const item of arrayValues(operand)) items.push(item);
  }
  return arrayValue(items);
});

export const reverseArray = unary((array) => {
  if (isNullish(array)) return nullValue;
  if (array.type !== BsonType.array) {
    throw new CommandError(34435, `The argument to $reverseArray must be an array, but was of type: ${typeNameOf(array)}`);
  }
  return arrayValue(arrayValues(array).reverse());
});

/** An array element of `$range` costs about this much on its way. */
const rangeElementBytes = 16;
const rangeLimitBytes = 100 * 1024 * 1024;

export const range = ranged(2, 3, ([first, last, by]) => {
  const start = rangeNumber(first, 'starting', 34443, 34444);
  const end = rangeNumber(last, 'ending', 34445, 34446);
  const step = by === undefined ? 1 : rangeNumber(by, 'step', 34447, 34448);
  if (step === 0) throw new CommandError(34449, '$range requires a non-zero step value');
  const count = Math.max(0, Math.ceil((end - start) / step));
  if (count * rangeElementBytes > rangeLimitBytes) {
    throw new CommandError('ExceededMemoryLimit', `$range would use too much memory (${count * rangeElementBytes} bytes) and cannot spill to disk. Memory limit: ${rangeLimitBytes} bytes`);
  }
  return arrayValue(Array.from({ length: count }, (_, index) => int32Value(start + index * step)));
});

function rangeNumber(value: Value, which: 'starting' | 'ending' | 'step', typeCode: number, rangeCode: number): number {
  const article = which === 'ending' ? 'an' : 'a';
  if (value === undefined || !isNumericType(value.type)) {
    throw new CommandError(typeCode, `$range requires a numeric ${which} value, found value of type: ${typeNameOf(value)}`);
  }
  const number = wholeInt32(value);
  if (number === undefined) {
    throw new CommandError(rangeCode, `$range requires ${article} ${which} value that can be represented as a 32-bit integer, found value: ${describeComputed(value)}`);
  }
  return number;
}

interface ZipArguments {
  inputs: readonly Expression[];
  defaults: readonly Expression[];
  usesLongest: boolean;
}

export const zip: OperatorCompiler = (argument, context) => {
  const { inputs, defaults, usesLongest } = parseZip(argument, context);
  return derivedExpression([...inputs, ...defaults], (scope) => {
    const arrays: RawValue[][] = [];
    for (const input of inputs) {
      const array = input.evaluate(scope);
      if (isNullish(array)) return nullValue;
      if (array.type !== BsonType.array) throw new CommandError(34468, `$zip found a non-array expression in input: ${describeComputed(array)}`);
      arrays.push(arrayValues(array));
    }
    const lengths = arrays.map(({ length }) => length);
    const length = usesLongest ? Math.max(...lengths) : Math.min(...lengths);
    const fillers = arrays.map((_, index) => defaults[index]?.evaluate(scope) ?? nullValue);
    const rows = Array.from({ length }, (_, row) => arrayValue(arrays.map((array, column) => array[row] ?? fillers[column]!)));
    return arrayValue(rows);
  });
};

function parseZip(argument: RawValue, context: CompileContext): ZipArguments {
  if (argument.type !== BsonType.object) throw new CommandError(34460, `$zip only supports an object as an argument, found ${typeNameOf(argument)}`);
  const parsed: ZipArguments = { inputs: [], defaults: [], usesLongest: false };
  for (const [field, value] of elements(argument)) {
    if (field === 'inputs') parsed.inputs = zipList(value, 'inputs', 34461, context);
    else if (field === 'defaults') parsed.defaults = zipList(value, 'defaults', 34462, context);
    else if (field === 'useLongestLength') {
      if (value.type !== BsonType.bool) throw new CommandError(34463, `useLongestLength must be a bool, found ${typeNameOf(value)}`);
      parsed.usesLongest = value.boolean();
    } else throw new CommandError(34464, `$zip found an unknown argument: ${field}`);
  }
  if (parsed.inputs.length === 0) throw new CommandError(34465, '$zip requires at least one input array');
  if (parsed.defaults.length > 0) {
    if (!parsed.usesLongest) throw new CommandError(34466, 'cannot specify defaults unless useLongestLength is true');
    if (parsed.defaults.length !== parsed.inputs.length) throw new CommandError(34467, 'defaults and inputs must have the same length');
  }
  return parsed;
}

function zipList(value: RawValue, field: string, code: number, context: CompileContext): readonly Expression[] {
  if (value.type !== BsonType.array) throw new CommandError(code, `${field} must be an array of expressions, found ${typeNameOf(value)}`);
  return arrayValues(value).map((item) => context.compile(item));
}
