// $bitAnd, $bitOr, $bitXor, $bitNot on ints and longs. Source: the manual's page "Bitwise Operators (aggregation)".
import { BsonType, isNumericType } from '../../bson/types.js';
import { int32Value, int64Value, nullValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { isNullish, type OperatorCompiler } from './compile-context.js';
import { typeNameOf, unary, variadic } from './operands.js';

function integerOf(value: RawValue, refusal: () => CommandError): bigint {
  if (value.type === BsonType.int) return BigInt(value.int32());
  if (value.type === BsonType.long) return value.int64();
  throw refusal();
}

/** The result is an int where all operands are. */
function combining(identity: bigint, combine: (a: bigint, b: bigint) => bigint): OperatorCompiler {
  return variadic((operands, _environment, name) => {
    let result = identity;
    let hasLong = false;
    let hasNull = false;
    for (const operand of operands) {
      if (isNullish(operand)) {
        hasNull = true;
        continue;
      }
      result = combine(result, integerOf(operand, () => new CommandError('TypeMismatch', `${name} only supports int and long operands.`)));
      hasLong ||= operand.type === BsonType.long;
    }
    if (hasNull) return nullValue;
    return hasLong ? int64Value(result) : int32Value(Number(result));
  });
}

export const bitAnd = combining(-1n, (a, b) => a & b);
export const bitOr = combining(0n, (a, b) => a | b);
export const bitXor = combining(0n, (a, b) => a ^ b);

export const bitNot = unary((value, _environment, name) => {
  if (isNullish(value)) return nullValue;
  const result = ~integerOf(value, () =>
    isNumericType(value.type)
      ? new CommandError('TypeMismatch', `${name} only supports int and long, not: ${typeNameOf(value)}.`)
      : new CommandError(28765, `${name} only supports numeric types, not ${typeNameOf(value)}`),
  );
  return value.type === BsonType.long ? int64Value(result) : int32Value(Number(result));
});
