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
    throw new CommandError('FailedToParse', `The $densify stage specification must be an object, found ${typeNameOf(specification)}`);
  }
  const given = fieldsOf(specification, '$densify', ['field', 'partitionByFields', 'range']);
  const field = stringOf(required(given, 'field', '$densify'), '$densify.field');
  const partitionBy = namesOf(given.get('partitionByFields'));
  const range = rangeOf(required(given, 'range', '$densify'));
  for (const path of [...partitionBy, field]) splitFieldPath(path);
  if (range.bounds === 'partition' && partitionBy.length === 0) {
    throw new CommandError(5733408, "One cannot specify the bounds as 'partition' without specifying a non-empty array of partitionByFields. You may have meant to specify 'full' bounds.");
  }
  refuseClash(field, partitionBy);
  return { field, partitionBy, ...range };
}

/** No path may be a part of the other. */
function refuseClash(field: string, partitionBy: readonly string[]): void {
  for (const name of partitionBy) {
    if (name === field || name.startsWith(`${field}.`)) {
      throw new CommandError(8993000, `BSON field '$densify.partitionByFields' contains the field that is being densified: ${name}`);
    }
    if (field.startsWith(`${name}.`)) {
      throw new CommandError(9554500, `The field that is being densified contains the BSON field '$densify.partitionByFields': ${name}`);
    }
  }
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
  return arrayValues(value).map((item) => stringOf(item, '$densify.partitionByFields'));
}

function rangeOf(range: RawValue): Pick<Densify, 'step' | 'unit' | 'bounds'> {
  if (range.type !== BsonType.object) throw wrongType(range, '$densify.range', 'object');
  const given = fieldsOf(range, '$densify.range', ['step', 'bounds', 'unit']);
  const step = required(given, 'step', '$densify.range');
  const bounds = required(given, 'bounds', '$densify.range');
  const unitValue = given.get('unit');
  const unitName = unitValue === undefined ? undefined : stringOf(unitValue, '$densify.range.unit');
  if (!isNumericType(step.type)) throw wrongType(step, '$densify.range.step', 'number');
  if (!(asDouble(step) > 0)) throw new CommandError(5733401, 'The step parameter in a range statement must be a strictly positive numeric value');
  if (unitName !== undefined && exactInteger(step) === undefined) {
    throw new CommandError(6586400, 'The step parameter in a range statement must be a whole number when densifying a date range');
  }
  const unit = unitName === undefined ? undefined : parseUnit(unitName);
  return { step, unit, bounds: boundsOf(bounds, step, unit) };
}

const wrongBounds = "The bounds in a range statement must be the string 'full', 'partition', or an ascending array of two numbers or two dates";

function boundsOf(value: RawValue, step: RawValue, unit: TimeUnit | undefined): DensifyBounds {
  if (value.type === BsonType.string) {
    const text = value.string();
    if (text !== 'full' && text !== 'partition') throw new CommandError(5946802, "Bounds string must either be 'full' or 'partition'");
    return text;
  }
  if (value.type !== BsonType.array) throw new CommandError(5733404, wrongBounds);
  const items = arrayValues(value);
  const [lower, upper] = items;
  if (lower === undefined || upper === undefined || items.length !== 2) throw new CommandError(5733403, 'A bounding array in a range statement must have exactly two elements');
  if (compareValues(lower, upper) > 0) throw new CommandError(5733402, 'A bounding array must be an ascending array of either two dates or two numbers');
  if (isNumericType(lower.type)) checkNumbers(lower, upper, step, unit);
  else if (lower.type === BsonType.date) checkDates(upper, unit);
  else throw new CommandError(5946800, 'Explicit bounds must be numeric or dates');
  return { lower, upper };
}

const unlikeBounds = 'A bounding array must contain either both dates or both numeric types';

function checkNumbers(lower: RawValue, upper: RawValue, step: RawValue, unit: TimeUnit | undefined): void {
  if (unit !== undefined) throw new CommandError(5733409, 'Numeric bounds may not have unit parameter');
  if (!isNumericType(upper.type)) throw new CommandError(5733406, unlikeBounds);
  if (lower.type !== upper.type || lower.type !== step.type) throw new CommandError(5876900, 'Upper bound, lower bound, and step must all have the same type');
}

function checkDates(upper: RawValue, unit: TimeUnit | undefined): void {
  if (upper.type !== BsonType.date) throw new CommandError(5733405, unlikeBounds);
  if (unit === undefined) throw new CommandError(5733410, 'A bounding array of dates must specify a unit');
}
