// `$addToSet`: appends values that an array does not have yet. Source: the manual's page "$addToSet".
import { CommandError } from '../../../errors.js';
import { valuesEqual } from '../../../bson/compare.js';
import type { Collation } from '../../../bson/collation.js';
import type { RawValue } from '../../../bson/raw-value.js';
import { arrayValues, elements } from '../../../bson/reader.js';
import { BsonType, bsonTypeName } from '../../../bson/types.js';
import { arrayValue } from '../../../bson/values.js';
import { describeValue } from '../../../aggregation/describe-value.js';
import type { OperatorFactory } from '../field-operator.js';

export const compileAddToSet: OperatorFactory = (operand, fieldPath, { collation }) => {
  const candidates = distinct(candidatesOf(operand), [], collation);
  return {
    create: () => arrayValue(candidates),
    change: (current) => {
      if (current.type !== BsonType.array) {
        const field = fieldPath.slice(fieldPath.lastIndexOf('.') + 1);
        const words = `Cannot apply $addToSet to non-array field. Field named '${field}' has non-array type`;
        throw new CommandError('BadValue', `${words} ${String(bsonTypeName(current.type))}`);
      }
      const existing = arrayValues(current);
      const added = distinct(candidates, existing, collation);
      return added.length === 0 ? current : arrayValue([...existing, ...added]);
    },
  };
};

/** The first of each equal pair, without those that `known` has. */
function distinct(values: readonly RawValue[], known: readonly RawValue[], collation: Collation | undefined): readonly RawValue[] {
  const kept: RawValue[] = [];
  const isEqualTo = (value: RawValue) => (other: RawValue) => valuesEqual(value, other, collation);
  for (const value of values) {
    if (!known.some(isEqualTo(value)) && !kept.some(isEqualTo(value))) kept.push(value);
  }
  return kept;
}

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
