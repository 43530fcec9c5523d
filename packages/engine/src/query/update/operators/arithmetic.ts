// `$inc` and `$mul`: add to a number, multiply it. Source: the manual's pages of the same names.
// Unlike the expressions `$add` and `$multiply`, a sum of integers that does not fit a long is an error here, not a double.
import { CommandError } from '../../../errors.js';
import { add, multiply } from '../../../bson/arithmetic.js';
import { isIdentical } from '../../../bson/compare.js';
import { describeValue } from '../../../aggregation/describe-value.js';
import type { RawValue } from '../../../bson/raw-value.js';
import { BsonType, bsonTypeName, isNumericType } from '../../../bson/types.js';
import { int32Value } from '../../../bson/values.js';
import { describeElement, describeId, type OperatorFactory, type UpdateScope } from '../field-operator.js';

interface Arithmetic {
  readonly operator: '$inc' | '$mul';
  readonly verb: 'increment' | 'multiply';
  readonly combine: (a: RawValue, b: RawValue) => RawValue;
  /** The value for a field that does not exist. */
  readonly initial: (operand: RawValue) => RawValue;
}

export const compileIncrement = compiler({ operator: '$inc', verb: 'increment', combine: add, initial: (operand) => operand });

/** A missing field becomes zero of the operand's type. */
export const compileMultiply = compiler({
  operator: '$mul',
  verb: 'multiply',
  combine: multiply,
  initial: (operand) => multiply(operand, int32Value(0)),
});

function compiler(arithmetic: Arithmetic): OperatorFactory {
  return (operand, fieldPath) => {
    if (!isNumericType(operand.type)) {
      const element = describeElement(fieldPath, operand);
      throw new CommandError('TypeMismatch', `Cannot ${arithmetic.verb} with non-numeric argument: {${element}}`);
    }
    return {
     
      create: () => arithmetic.initial(operand),
      change: (current, scope) => {
        const result = calculated(arithmetic, current, operand, scope);
        return isIdentical(result, current) ? current : result;
      },
    };
  };
}

function calculated(arithmetic: Arithmetic, current: RawValue, operand: RawValue, scope: UpdateScope): RawValue {
  if (!isNumericType(current.type)) {
    const field = scope.path.at(-1) ?? '';
    const words = `Cannot apply ${arithmetic.operator} to a value of non-numeric type. {${describeId(scope.root)}} has the field`;
    throw new CommandError('TypeMismatch', `${words} '${field}' of non-numeric type ${String(bsonTypeName(current.type))}`);
  }
  const result = arithmetic.combine(current, operand);
  if (result.type === BsonType.double && isInteger(current) && isInteger(operand)) {
    const type = current.type === BsonType.int ? 'NumberInt' : 'NumberLong';
    const words = `Failed to apply ${arithmetic.operator} operations to current value ((${type})${describeValue(current)})`;
    throw new CommandError('BadValue', `${words} for document {${describeId(scope.root)}}`);
  }
  return result;
}

function isInteger(value: RawValue): boolean {
  return value.type === BsonType.int || value.type === BsonType.long;
}
