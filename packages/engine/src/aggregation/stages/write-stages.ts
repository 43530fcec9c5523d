// $out and $merge: checked and put into one form here, carried out by the command that runs the pipeline.
// Source: the manual's pages "$out (aggregation)" and "$merge (aggregation)".
import { BsonType } from '../../bson/types.js';
import { arrayValues, elements, isEmptyDocument } from '../../bson/reader.js';
import { arrayValue, documentOf, stringValue } from '../../bson/values.js';
import { documentValue, type RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { typeNameOf } from '../expressions/operands.js';
import { splitFieldPath } from '../expressions/field-path.js';
import type { WriteStage } from '../stage.js';
import { parsePipelineArgument } from './pipeline-argument.js';

/** `{$out: 'c'}` or `{$out: {db, coll}}`; the specification is left empty. */
export function compileOut(specification: RawValue): WriteStage {
  if (specification.type === BsonType.string) return out(undefined, specification.string());
  if (specification.type !== BsonType.object) {
    throw new CommandError(16990, `$out only supports a string or object argument, but found ${typeNameOf(specification)}`);
  }
  const given = new Map(elements(specification));
  if (given.has('timeseries')) throw new CommandError('CommandNotSupported', '$out into a time-series collection is not supported by this server');
  for (const option of given.keys()) {
    if (option !== 'db' && option !== 'coll') throw new CommandError('Location40415', `BSON field '$out.${option}' is an unknown field.`);
  }
  return out(requiredName(given.get('db'), '$out.db'), requiredName(given.get('coll'), '$out.coll'));
}

function out(database: string | undefined, collection: string): WriteStage {
  if (collection === '') throw new CommandError('InvalidNamespace', "Invalid $out target: the name of the collection is empty");
  return { kind: '$out', database, collection, specification: documentOf([]) };
}

function requiredName(value: RawValue | undefined, path: string): string {
  if (value === undefined) throw new CommandError('Location40414', `BSON field '${path}' is missing but a required field`);
  if (value.type !== BsonType.string) {
    throw new CommandError('TypeMismatch', `BSON field '${path}' is the wrong type '${typeNameOf(value)}', expected type 'string'`);
  }
  return value.string();
}

const whenMatchedModes = ['replace', 'keepExisting', 'merge', 'fail'];
const whenNotMatchedModes = ['insert', 'discard', 'fail'];
const mergeOptions = ['into', 'on', 'let', 'whenMatched', 'whenNotMatched'];

/**
 * The specification becomes `{on: [names], whenMatched: mode or pipeline, whenNotMatched: mode, let?: {...}}` with the
 * defaults filled in; `on` is empty where none was given (then the command takes `_id`).
 */
export function compileMerge(specification: RawValue): WriteStage {
  const given = mergeArguments(specification);
  const { database, collection } = mergeTarget(given.get('into'));
  const on = mergeOn(given.get('on'));
  const whenMatched = given.get('whenMatched') ?? stringValue('merge');
  const whenNotMatched = given.get('whenNotMatched') ?? stringValue('insert');
  const variables = given.get('let');
  checkLet(variables, whenMatched);
  if (whenMatched.type === BsonType.array) checkMergePipeline(whenMatched);
  else checkMode(whenMatched, whenMatchedModes, 'whenMatched');
  checkMode(whenNotMatched, whenNotMatchedModes, 'whenNotMatched');
  const fields: [string, RawValue][] = [['on', arrayValue(on.map(stringValue))], ['whenMatched', whenMatched], ['whenNotMatched', whenNotMatched]];
  if (variables !== undefined) fields.push(['let', variables]);
  return { kind: '$merge', database, collection, specification: documentOf(fields) };
}

function mergeArguments(specification: RawValue): ReadonlyMap<string, RawValue> {
  if (specification.type === BsonType.string) return new Map([['into', specification]]);
  if (specification.type !== BsonType.object) {
    throw new CommandError(51182, `$merge only supports a string or object argument, but found ${typeNameOf(specification)}`);
  }
  const given = new Map(elements(specification));
  for (const option of given.keys()) {
    if (!mergeOptions.includes(option)) throw new CommandError('Location40415', `BSON field '$merge.${option}' is an unknown field.`);
  }
  return given;
}

function mergeTarget(into: RawValue | undefined): { readonly database: string | undefined; readonly collection: string } {
  if (into === undefined) throw new CommandError('Location40414', "BSON field '$merge.into' is missing but a required field");
  if (into.type === BsonType.string) return { database: undefined, collection: into.string() };
  if (into.type !== BsonType.object) {
    throw new CommandError(51178, `$merge 'into' field  must be either a string or an object, but found ${typeNameOf(into)}`);
  }
  const given = new Map(elements(into));
  const database = given.get('db');
  return { database: database === undefined ? undefined : requiredName(database, '$merge.into.db'), collection: requiredName(given.get('coll'), '$merge.into.coll') };
}

function mergeOn(on: RawValue | undefined): readonly string[] {
  if (on === undefined) return [];
  const values = on.type === BsonType.array ? arrayValues(on) : [on];
  if (on.type !== BsonType.array && on.type !== BsonType.string) {
    throw new CommandError(51186, `$merge 'on' field  must be either a string or an array of strings, but found ${typeNameOf(on)}`);
  }
  if (values.length === 0) throw new CommandError(51187, "If explicitly specifying $merge 'on', must include at least one field");
  const names = values.map((value) => {
    if (value.type !== BsonType.string) throw new CommandError(51134, `$merge 'on' array elements must be strings, but found ${typeNameOf(value)}`);
    return splitFieldPath(value.string()).join('.');
  });
  const duplicate = names.find((name, index) => names.indexOf(name) !== index);
  if (duplicate !== undefined) throw new CommandError(31465, `Found a duplicate field '${duplicate}' in $merge.on`);
  return names;
}

function checkLet(variables: RawValue | undefined, whenMatched: RawValue): void {
  if (variables === undefined) return;
  if (variables.type !== BsonType.object) {
    throw new CommandError('TypeMismatch', `BSON field '$merge.let' is the wrong type '${typeNameOf(variables)}', expected type 'object'`);
  }
  if (whenMatched.type !== BsonType.array && !isEmptyDocument(variables)) {
    throw new CommandError(51199, `Cannot use 'let' variables with 'whenMatched: ${whenMatched.type === BsonType.string ? whenMatched.string() : ''}' mode`);
  }
}

function checkMode(value: RawValue, modes: readonly string[], option: string): void {
  if (value.type !== BsonType.string) {
    throw new CommandError(51191, `$merge '${option}' field  must be either a string or an array, but found ${typeNameOf(value)}`);
  }
  if (!modes.includes(value.string())) {
    throw new CommandError('BadValue', `Enumeration value '${value.string()}' for field '$merge.${option}' is not a valid value.`);
  }
}

const updateStages: ReadonlySet<string> = new Set(['$addFields', '$set', '$project', '$unset', '$replaceRoot', '$replaceWith']);

/** The pipeline is an update; the command compiles it for each document that it is applied to, with `$$new` bound. */
function checkMergePipeline(pipeline: RawValue): void {
  for (const stage of parsePipelineArgument(pipeline)) {
    for (const [name] of elements(documentValue(stage))) {
      if (!updateStages.has(name)) throw new CommandError('InvalidOptions', `${name} is not allowed to be used within an update`);
    }
  }
}
