// What a $densify asks for, checked. Source: the manual's page "$densify (aggregation)".
import { asDouble } from '../../bson/conversion.js';
import { compareValues } from '../../bson/compare.js';
import { exactInteger } from '../../bson/integers.js';
import { BsonType, isNumericType } from '../../bson/types.js';
import { arrayValues, elements } from '../../bson/reader.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { parseUnit, type TimeUnit } from '../expressions/date-operands.js';
import { splitFieldPath } from '../expressions/field-path.js';
import { typeNameOf } from '../expressions/operands.js';

export type DensifyBounds = 'full' | 'partition' | { readonly lower: RawValue; readonly upper: RawValue };

export interface Densify {
  readonly field: string;
  readonly partitionBy: readonly string[];
  readonly step: RawValue;
  /** Of the step, where the field holds dates. */
  readonly unit: TimeUnit | undefined;
  readonly bounds: DensifyBounds;
}

export function parseDensify(specification: RawValue): Densify {
  if (specification.type !== BsonType.object) {
    throw new CommandError(5733101, `The $densify stage specification must be an object, found ${typeNameOf(specification)}`);
  }
  const given = fieldsOf(specification, '$densify', ['field', 'partitionByFields', 'range']);
  const field = stringOf(required(given, 'field', '$densify'), '$densify.field');
  splitFieldPath(field);
  const partitionBy = namesOf(given.get('partitionByFields'));
  const clash = partitionBy.find((name) => name === field || name.startsWith(`${field}.`) || field.startsWith(`${name}.`));
  if (clash !== undefined) {
    const code = clash === field ? 5733402 : 8993000;
    throw new CommandError(code, `BSON field 'partitionByFields' contains the field '${clash}' that is being densified, or a prefix of it`);
  }
  return { field, partitionBy, ...rangeOf(required(given, 'range', '$densify'), partitionBy) };
}

function fieldsOf(value: RawValue, name: string, known: readonly string[]): ReadonlyMap<string, RawValue> {
  const given = new Map(elements(value));
  for (const field of given.keys()) {
    if (!known.includes(field)) throw new CommandError('Location40415', `BSON field '${name}.${field}' is an unknown field.`);
  }
  return given;
}

function required(given: ReadonlyMap<string, RawValue>, field: string, name: string): RawValue {
  const value = given.get(field);
  if (value === undefined) throw new CommandError('Location40414', `BSON field '${name}.${field}' is missing but a required field`);
  return value;
}

function stringOf(value: RawValue, path: string): string {
  if (value.type !== BsonType.string) throw wrongType(value, path, 'string');
  return value.string();
}

function wrongType(value: RawValue, path: string, expected: string): CommandError {
  return new CommandError('TypeMismatch', `BSON field '${path}' is the wrong type '${typeNameOf(value)}', expected type '${expected}'`);
}

function namesOf(value: RawValue | undefined): readonly string[] {
  if (value === undefined) return [];
  if (value.type !== BsonType.array) throw wrongType(value, '$densify.partitionByFields', 'array');
  return arrayValues(value).map((item) => {
    const name = stringOf(item, '$densify.partitionByFields');
    splitFieldPath(name);
    return name;
  });
}

function rangeOf(range: RawValue, partitionBy: readonly string[]): Pick<Densify, 'step' | 'unit' | 'bounds'> {
  if (range.type !== BsonType.object) throw wrongType(range, '$densify.range', 'object');
  const given = fieldsOf(range, '$densify.range', ['step', 'bounds', 'unit']);
  const step = required(given, 'step', '$densify.range');
  const unitValue = given.get('unit');
  const unit = unitValue === undefined ? undefined : parseUnit(stringOf(unitValue, '$densify.range.unit'));
  if (!isNumericType(step.type)) throw wrongType(step, '$densify.range.step', 'number');
  if (!(asDouble(step) > 0)) throw new CommandError(5733401, 'the step parameter in a range statement must be a strictly positive numeric value');
  if (unit !== undefined && exactInteger(step) === undefined) {
    throw new CommandError(6586400, 'The step parameter in a range satement must be a whole number when densifying a date range');
  }
  return { step, unit, bounds: boundsOf(required(given, 'bounds', '$densify.range'), unit, partitionBy) };
}

function boundsOf(value: RawValue, unit: TimeUnit | undefined, partitionBy: readonly string[]): DensifyBounds {
  if (value.type === BsonType.string) {
    const text = value.string();
    if (text !== 'full' && text !== 'partition') throw new CommandError(5946802, "Bounds string must either be 'full' or 'partition'");
    if (text === 'partition' && partitionBy.length === 0) {
      throw new CommandError(5733408, 'One may not specify the bounds as \'partition\' without specifying a non-empty array of partition by fields');
    }
    return text;
  }
  const items = value.type === BsonType.array ? arrayValues(value) : [];
  const [lower, upper] = items;
  if (lower === undefined || upper === undefined || items.length !== 2) throw new CommandError(5733403, 'a bounding array in a range statement must have exactly two elements');
  const isExpected = (bound: RawValue): boolean => (unit === undefined ? isNumericType(bound.type) : bound.type === BsonType.date);
  if (!isExpected(lower) || !isExpected(upper)) {
    throw new CommandError(unit === undefined ? 5733406 : 5733402, 'a bounding array must contain either both dates (with a unit) or both numeric types');
  }
  if (compareValues(lower, upper) > 0) throw new CommandError(5733404, 'the lower bound must not be greater than the upper bound');
  return { lower, upper };
}
