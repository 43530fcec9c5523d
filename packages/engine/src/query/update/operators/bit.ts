// `$bit`: bitwise and, or, xor of integers. Source: the manual's page "$bit".
import { CommandError } from '../../../errors.js';
import type { RawValue } from '../../../bson/raw-value.js';
import { elements } from '../../../bson/reader.js';
import { BsonType, bsonTypeName } from '../../../bson/types.js';
import { int32Value, int64Value } from '../../../bson/values.js';
import { isIdentical } from '../../../bson/compare.js';
import { describeElement, describeId, type OperatorFactory } from '../field-operator.js';

type BitOperation = (a: bigint, b: bigint) => bigint;

const operations: Readonly<Record<string, BitOperation>> = {
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
};

export const compileBit: OperatorFactory = (operand, fieldPath) => {
  const steps = stepsOf(operand, fieldPath);
  const run = (value: RawValue): RawValue => steps.reduce((result, step) => step(result), value);
  return {
    create: () => run(int32Value(0)),
    change: (current, scope) => {
      if (!isInteger(current)) {
        const words = `Cannot apply $bit to a value of non-integral type.${describeId(scope.root)} has the field`;
        const field = scope.path.at(-1) ?? '';
        throw new CommandError('BadValue', `${words} ${field} of non-integer type ${String(bsonTypeName(current.type))}`);
      }
      const result = run(current);
      return isIdentical(result, current) ? current : result;
    },
  };
};

function stepsOf(operand: RawValue, fieldPath: string): readonly ((value: RawValue) => RawValue)[] {
  if (operand.type !== BsonType.object) {
    const words = 'The $bit modifier is not compatible with a';
    const example = `You must pass in an embedded document: {$bit: {field: {and/or/xor: #}}`;
    throw new CommandError('BadValue', `${words} ${String(bsonTypeName(operand.type))}. ${example}`);
  }
  const steps: ((value: RawValue) => RawValue)[] = [];
  for (const [name, mask] of elements(operand)) {
    const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
    const element = describeElement(name, mask);
    if (operation === undefined) {
      const words = `The $bit modifier only supports 'and', 'or', and 'xor', not '${name}' which is an unknown operator`;
      throw new CommandError('BadValue', `${words}: {${element}}`);
    }
    if (!isInteger(mask)) {
      const words = `The $bit modifier field must be an Integer(32/64 bit); a '${String(bsonTypeName(mask.type))}' is not supported here`;
      throw new CommandError('BadValue', `${words}: {${element}}`);
    }
    steps.push((value) => combine(operation, value, mask));
  }
  if (steps.length === 0) {
    const example = 'The format is: {$bit: {field: {and/or/xor: #}}';
    throw new CommandError('BadValue', `You must pass in at least one bitwise operation on '${fieldPath}'. ${example}`);
  }
  return steps;
}

function isInteger(value: RawValue): boolean {
  return value.type === BsonType.int || value.type === BsonType.long;
}

/** Two ints give an int, everything else a long. */
function combine(operation: BitOperation, a: RawValue, b: RawValue): RawValue {
  const result = operation(integerOf(a), integerOf(b));
  const isInt = a.type === BsonType.int && b.type === BsonType.int;
  return isInt ? int32Value(Number(BigInt.asIntN(32, result))) : int64Value(BigInt.asIntN(64, result));
}

function integerOf(value: RawValue): bigint {
  return value.type === BsonType.int ? BigInt(value.int32()) : value.int64();
}
