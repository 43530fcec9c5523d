// What every family of $jsonSchema keywords shares: the shape of a compiled keyword and the checks of its operand.
import type { Collation } from '../../../bson/collation.js';
import { exactInteger } from '../../../bson/integers.js';
import type { RawValue } from '../../../bson/raw-value.js';
import { arrayValues, elements } from '../../../bson/reader.js';
import { BsonType, isNumericType } from '../../../bson/types.js';
import { CommandError } from '../../../errors.js';

/** Whether a value keeps to a schema or to one keyword of it. */
export type SchemaTest = (value: RawValue) => boolean;

export interface SchemaCompiler {
  readonly collation: Collation | undefined;
  /** A schema nested in another. */
  compile(schema: RawValue, keyword: string): SchemaTest;
}

/** Compiles `{keyword: operand}`; `schema` is the object it stands in (`additionalProperties` reads `properties`). Undefined: nothing to check. */
export type SchemaKeyword = (operand: RawValue, schema: RawValue, compiler: SchemaCompiler) => SchemaTest | undefined;

function typeMismatch(keyword: string, expected: string): CommandError {
  return new CommandError('TypeMismatch', `$jsonSchema keyword '${keyword}' must be ${expected}`);
}

export function numberOperand(keyword: string, operand: RawValue): RawValue {
  if (!isNumericType(operand.type)) throw typeMismatch(keyword, 'a number');
  return operand;
}

export function lengthOperand(keyword: string, operand: RawValue): number {
  const integer = isNumericType(operand.type) ? exactInteger(operand) : undefined;
  if (!isNumericType(operand.type)) throw new CommandError('FailedToParse', `Expected a number in: ${keyword}`);
  if (integer === undefined) throw new CommandError('FailedToParse', `Expected an integer: ${keyword}`);
  if (integer < 0n) throw new CommandError('FailedToParse', `Expected a non-negative number in: ${keyword}`);
  return Number(integer);
}

export function booleanOperand(keyword: string, operand: RawValue): boolean {
  if (operand.type !== BsonType.bool) throw typeMismatch(keyword, 'a boolean');
  return operand.boolean();
}

export function stringOperand(keyword: string, operand: RawValue): string {
  if (operand.type !== BsonType.string) throw typeMismatch(keyword, 'a string');
  return operand.string();
}

export function objectOperand(keyword: string, operand: RawValue): readonly (readonly [string, RawValue])[] {
  if (operand.type !== BsonType.object) throw typeMismatch(keyword, 'an object');
  return [...elements(operand)];
}

export function arrayOperand(keyword: string, operand: RawValue): readonly RawValue[] {
  if (operand.type !== BsonType.array) throw typeMismatch(keyword, 'an array');
  const values = arrayValues(operand);
  if (values.length === 0) throw new CommandError('FailedToParse', `$jsonSchema keyword '${keyword}' cannot be an empty array`);
  return values;
}

/** Distinct strings of a non-empty array. */
export function nameListOperand(keyword: string, operand: RawValue): readonly string[] {
  const names = arrayOperand(keyword, operand).map((value) => {
    if (value.type !== BsonType.string) throw typeMismatch(keyword, 'an array of strings');
    return value.string();
  });
  if (new Set(names).size !== names.length) {
    throw new CommandError('FailedToParse', `$jsonSchema keyword '${keyword}' array cannot contain duplicate values`);
  }
  return names;
}

/** A test that only values of these types must pass. */
export function ofTypes(types: readonly BsonType[], test: SchemaTest): SchemaTest {
  return (value) => !types.includes(value.type) || test(value);
}
