// `$addToSet`: appends values that an array does not have yet. Source: the manual's page "$addToSet".
import { CommandError } from '../../../errors.js';
import type { RawValue } from '../../../bson/raw-value.js';
import { arrayValues, elements } from '../../../bson/reader.js';
import { BsonType, bsonTypeName } from '../../../bson/types.js';
import { arrayValue } from '../../../bson/values.js';
import { describeValue } from '../../../aggregation/describe-value.js';
import type { OperatorFactory } from '../field-operator.js';
import { distinctValues, missingValues } from './value-set.js';

export const compileAddToSet: OperatorFactory = (operand, fieldPath, { collation }) => {
  const candidates = distinctValues(candidatesOf(operand), collation);
  return {
    appends: true,
    create: () => arrayValue(candidates),
    change: (current) => {
      if (current.type !== BsonType.array) {
        const field = fieldPath.slice(fieldPath.lastIndexOf('.') + 1);
        const words = `Cannot apply $addToSet to non-array field. Field named '${field}' has non-array type`;
        throw new CommandError('BadValue', `${words} ${String(bsonTypeName(current.type))}`);
      }
      const existing = arrayValues(current);
      const added = missingValues(candidates, existing, collation);
      return added.length === 0 ? current : arrayValue([...existing, ...added]);
    },
  };
};

function candidatesOf(operand: RawValue): readonly RawValue[] {
  if (operand.type !== BsonType.object) return [operand];
  const [first, ...others] = elements(operand);
  if (first?.[0] !== '$each') return [operand];
  if (first[1].type !== BsonType.array) {
    const type = String(bsonTypeName(first[1].type));
    throw new CommandError('TypeMismatch', `The argument to $each in $addToSet must be an array but it was of type ${type}`);
  }
  if (others.length > 0) {
    throw new CommandError('BadValue', `Found unexpected fields after $each in $addToSet: ${describeValue(operand)}`);
  }
  return arrayValues(first[1]);
}
