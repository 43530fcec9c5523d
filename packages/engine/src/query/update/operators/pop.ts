// `$pop`: takes the first or the last element of an array. Source: the manual's page "$pop".
import { CommandError } from '../../../errors.js';
import { describeValue } from '../../../aggregation/describe-value.js';
import { valuesEqual } from '../../../bson/compare.js';
import type { RawValue } from '../../../bson/raw-value.js';
import { arrayValues } from '../../../bson/reader.js';
import { BsonType, bsonTypeName, isNumericType } from '../../../bson/types.js';
import { arrayValue, int32Value } from '../../../bson/values.js';
import { describeElement, type OperatorFactory } from '../field-operator.js';

export const compilePop: OperatorFactory = (operand, fieldPath) => {
  const isFromFront = endOf(operand, fieldPath) === -1;
  return {
    create: () => undefined,
    refuseBlocked: (scope, { name, value, part }) => {
      const element = describeElement(name, value);
      throw new CommandError('PathNotViable', `Cannot use the part (${part}) of (${scope.path.join('.')}) to traverse the element ({${element}})`);
    },
    change: (current, scope) => {
      if (current.type !== BsonType.array) {
        const type = String(bsonTypeName(current.type));
        throw new CommandError('TypeMismatch', `Path '${scope.path.join('.')}' contains an element of non-array type '${type}'`);
      }
      const values = arrayValues(current);
      if (values.length === 0) return current;
      return arrayValue(isFromFront ? values.slice(1) : values.slice(0, -1));
    },
  };
};

function endOf(operand: RawValue, fieldPath: string): number {
  if (!isNumericType(operand.type)) {
    throw new CommandError('FailedToParse', `Expected a number in: ${describeElement(fieldPath, operand)}`);
  }
  for (const end of [1, -1]) {
    if (valuesEqual(operand, int32Value(end))) return end;
  }
  if (!Number.isInteger(operand.number() ?? 0)) {
    throw new CommandError('FailedToParse', `Expected an integer: ${describeElement(fieldPath, operand)}`);
  }
  throw new CommandError('FailedToParse', `$pop expects 1 or -1, found: ${describeValue(operand)}`);
}
