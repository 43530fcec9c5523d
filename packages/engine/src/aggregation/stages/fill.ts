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
  const stages: Stage[] = [];
  if (byMethod.length > 0) stages.push(compileSetWindowFields(windowStage(given, byMethod), context));
  if (computed.length > 0) stages.push(compileAddFields(objectValue(computed), context, '$addFields'));
  return stages;
}

function windowStage(given: ReadonlyMap<string, RawValue>, output: Fields): RawValue {
  const sortBy = given.get('sortBy');
  const partitionBy = partitionOf(given.get('partitionBy'), given.get('partitionByFields'));
  const fields: Fields = [];
  if (partitionBy !== undefined) fields.push(['partitionBy', partitionBy]);
  if (sortBy !== undefined) fields.push(['sortBy', sortBy]);
  fields.push(['output', objectValue(output)]);
  return objectValue(fields);
}

function partitionOf(partitionBy: RawValue | undefined, names: RawValue | undefined): RawValue | undefined {
  if (names === undefined) return partitionBy;
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
  const computed: Fields = [];
  const byMethod: Fields = [];
  for (const [path, value] of elements(output)) {
    splitFieldPath(path);
    const [kind, argument] = methodOf(path, value);
    const own = stringValue(`$${path}`);
    if (kind === 'value') computed.push([path, objectValue([['$ifNull', arrayValue([own, argument])]])]);
    else byMethod.push([path, objectValue([[windowFunctionOf(argument), own]])]);
  }
  return { computed, byMethod };
}

function methodOf(path: string, value: RawValue): readonly ['value' | 'method', RawValue] {
  const fields = value.type === BsonType.object ? [...elements(value)] : [];
  const [first] = fields;
  if (first === undefined || fields.length !== 1 || (first[0] !== 'value' && first[0] !== 'method')) {
    throw new CommandError(6050200, `Each fill specification must be an object with exactly one of 'value' or 'method': ${path}`);
  }
  return [first[0], first[1]];
}

function windowFunctionOf(method: RawValue): string {
  const name = method.type === BsonType.string ? method.string() : '';
  if (name === 'linear') return '$linearFill';
  if (name === 'locf') return '$locf';
  throw new CommandError(6050202, "Method must be either 'locf' or 'linear'");
}
