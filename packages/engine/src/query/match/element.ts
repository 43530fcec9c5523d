// $exists and $type. Source: the manual's "Element Query Operators".
import type { RawValue } from '../../bson/raw-value.js';
import { arrayValues } from '../../bson/reader.js';
import { isTruthy } from '../../bson/truth.js';
import { wholeNumber } from '../../bson/integers.js';
import { BsonType, bsonTypeName, isNumericType } from '../../bson/types.js';
import { CommandError } from '../../errors.js';
import { leafPredicate, negate, wholePredicate, type FieldOperator } from './predicate.js';

const exists: FieldOperator = (path, operand) => {
  const predicate = wholePredicate(path, { kind: 'exists', path: path.text, exists: true }, (value) => value !== undefined);
  if (isTruthy(operand)) return predicate;
  return { ...negate(predicate), node: { kind: 'exists', path: path.text, exists: false } };
};

const numberTypes = [BsonType.double, BsonType.int, BsonType.long, BsonType.decimal];

function typesOfAlias(alias: string): readonly BsonType[] {
  if (alias === 'number') return numberTypes;
  const type = Object.entries(BsonType).find(([name]) => name === alias)?.[1];
  if (type === undefined) throw new CommandError('BadValue', `Unknown type name alias: ${alias}`);
  return [type];
}

/** The type numbers that one operand of `$type` (an alias or a number) stands for. */
export function typesOf(operand: RawValue): readonly BsonType[] {
  if (operand.type === BsonType.string) return typesOfAlias(operand.string());
  if (!isNumericType(operand.type)) throw new CommandError('TypeMismatch', 'type must be represented as a number or a string');
  const code = operand.number() ?? wholeNumber(operand) ?? NaN;
  const type = code === -1 ? BsonType.minKey : code;
  if (code === BsonType.minKey || !Number.isInteger(type) || bsonTypeName(type) === undefined) {
    throw new CommandError('BadValue', `Invalid numerical type code: ${code}${Number.isInteger(code) ? '' : '. Instead use a whole number'}`);
  }
  return [type as BsonType];
}

const type: FieldOperator = (path, operand) => {
  const operands = operand.type === BsonType.array ? arrayValues(operand) : [operand];
  if (operands.length === 0) throw new CommandError('FailedToParse', `${path.text} must match at least one type`);
  const types = new Set(operands.flatMap(typesOf));
  const node = { kind: 'type', path: path.text, types: [...types] } as const;
  return leafPredicate(path, node, (value) => value !== undefined && types.has(value.type));
};

export const elementOperators: Readonly<Record<string, FieldOperator>> = { $exists: exists, $type: type };
