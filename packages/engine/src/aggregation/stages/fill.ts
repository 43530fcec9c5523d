// $fill: values for null and missing fields. It is $setWindowFields and $addFields put together.
// Source: the manual's page "$fill (aggregation)".
import { BsonType } from '../../bson/types.js';
import { arrayValues, elements } from '../../bson/reader.js';
import { arrayValue, objectValue, stringValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { splitFieldPath } from '../expressions/field-path.js';
import { typeNameOf } from '../expressions/operands.js';
import type { Stage } from '../stage.js';
import { compileAddFields } from './add-fields.js';
import { compileSetWindowFields } from './set-window-fields.js';
import type { StageCompileContext } from './stage-compiler.js';

type Fields = (readonly [string, RawValue])[];

const fillOptions = ['partitionBy', 'partitionByFields', 'sortBy', 'output'];

export function compileFill(specification: RawValue, context: StageCompileContext): readonly Stage[] {
  if (specification.type !== BsonType.object) {
    throw new CommandError('FailedToParse', `The $fill stage specification must be an object, found ${typeNameOf(specification)}`);
  }
  const given = new Map(elements(specification));
  for (const option of given.keys()) {
    if (!fillOptions.includes(option)) throw new CommandError('Location40415', `BSON field '$fill.${option}' is an unknown field.`);
  }
  const { computed, byMethod } = parseOutput(given.get('output'));
  const partitionBy = partitionOf(given.get('partitionBy'), given.get('partitionByFields'));
  const stages: Stage[] = [];
  if (byMethod.length > 0) stages.push(compileSetWindowFields(windowStage(partitionBy, given.get('sortBy'), byMethod), context));
  if (computed.length > 0) stages.push(compileAddFields(objectValue(computed), context, '$addFields'));
  return stages;
}

function windowStage(partitionBy: RawValue | undefined, sortBy: RawValue | undefined, output: Fields): RawValue {
  const fields: Fields = [];
  if (partitionBy !== undefined) fields.push(['partitionBy', partitionBy]);
  if (sortBy !== undefined) fields.push(['sortBy', sortBy]);
  fields.push(['output', objectValue(output)]);
  return objectValue(fields);
}

function partitionOf(partitionBy: RawValue | undefined, names: RawValue | undefined): RawValue | undefined {
  if (names === undefined) {
    if (partitionBy === undefined || partitionBy.type === BsonType.string || partitionBy.type === BsonType.object) return partitionBy;
    throw new CommandError('TypeMismatch', `BSON field '$fill.partitionBy' is the wrong type '${typeNameOf(partitionBy)}', expected types '[string, object]'`);
  }
  if (partitionBy !== undefined) throw new CommandError(6050204, "Maximum one of 'partitionBy' and 'partitionByFields' can be specified in '$fill'");
  if (names.type !== BsonType.array) {
    throw new CommandError('TypeMismatch', `BSON field '$fill.partitionByFields' is the wrong type '${typeNameOf(names)}', expected type 'array'`);
  }
  return objectValue(arrayValues(names).map((name, index) => [String(index), stringValue(`$${fieldName(name)}`)] as const));
}

function fieldName(value: RawValue): string {
  const name = value.type === BsonType.string ? value.string() : '';
  splitFieldPath(name);
  return name;
}

/** `{value: expression}` fills by $ifNull, `{method: 'linear' | 'locf'}` by a window function. */
function parseOutput(output: RawValue | undefined): { readonly computed: Fields; readonly byMethod: Fields } {
  if (output === undefined) throw new CommandError('Location40414', "BSON field '$fill.output' is missing but a required field");
  if (output.type !== BsonType.object) {
    throw new CommandError('TypeMismatch', `BSON field '$fill.output' is the wrong type '${typeNameOf(output)}', expected type 'object'`);
  }
  const fields = [...elements(output)];
  if (fields.length === 0) throw new CommandError(6050203, "The output field in '$fill' must contain an object with at least one element");
  const computed: Fields = [];
  const byMethod: Fields = [];
  for (const [path, value] of fields) {
    splitFieldPath(path);
    const filling = fillingOf(value);
    const own = stringValue(`$${path}`);
    if (filling.method !== undefined) byMethod.push([path, objectValue([[windowFunctionOf(filling.method), own]])]);
    if (filling.value !== undefined) computed.push([path, objectValue([['$ifNull', arrayValue([own, filling.value])]])]);
  }
  return { computed, byMethod };
}

/** `{value}` or `{method}`; what has neither fills nothing. */
function fillingOf(specification: RawValue): { readonly value: RawValue | undefined; readonly method: RawValue | undefined } {
  if (specification.type !== BsonType.object) throw new CommandError(6050200, 'Each fill output specification must be an object with exactly one field');
  const given = new Map(elements(specification));
  for (const field of given.keys()) {
    if (field !== 'value' && field !== 'method') throw new CommandError('Location40415', `BSON field '$fill.${field}' is an unknown field.`);
  }
  const [value, method] = [given.get('value'), given.get('method')];
  if (value !== undefined && method !== undefined) {
    throw new CommandError(6050201, "Each fill output specification must have exactly one of 'method' or 'value' fields, not both");
  }
  return { value, method };
}

function windowFunctionOf(method: RawValue): string {
  if (method.type !== BsonType.string) throw new CommandError('TypeMismatch', `BSON field '$fill.method' is the wrong type '${typeNameOf(method)}', expected type 'string'`);
  const name = method.string();
  if (name === 'linear') return '$linearFill';
  if (name === 'locf') return '$locf';
  throw new CommandError(6050202, "Method must be either 'locf' or 'linear'");
}
