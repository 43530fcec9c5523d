// The options of an index specification: their names, their types, and those that are checked once the specification as a whole is
// well-formed. Source: the manual's page "createIndexes"; codes and words as the server gives them.
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { elements } from '../../bson/reader.js';
import { BsonType, bsonTypeName, isNumericType } from '../../bson/types.js';
import { documentOf } from '../../bson/values.js';
import { describeValue } from '../../aggregation/describe-value.js';
import { CommandError, type ErrorName } from '../../errors.js';
import { compileFilter } from '../../query/match/compile-filter.js';
import { constantEnvironment } from '../environment.js';
import { checkKey, isIdKey } from './index-key-rules.js';
import { checkWildcardKey, wildcardProjectionOf } from './wildcard-rules.js';

export const maxExpireAfter_s = 2_147_483_647;

/** Options by name, as they were given. */
export type GivenOptions = ReadonlyMap<string, RawValue>;

/** Accepted without effect: versions, builds in the background, storage engines. */
const ignoredOptions: ReadonlySet<string> = new Set(['v', 'background', 'dropDups', 'ns', '_id', 'storageEngine', 'textIndexVersion', '2dsphereIndexVersion', 'clustered']);
/** Options of kinds of indexes that the engine does not have. */
export const unsupportedIndexOptions: ReadonlySet<string> = new Set([
  'weights', 'default_language', 'language_override', 'bits', 'min', 'max', 'bucketSize', 'columnstoreProjection',
]);
const knownOptions: ReadonlySet<string> = new Set(['key', 'name', 'unique', 'sparse', 'hidden', 'partialFilterExpression', 'expireAfterSeconds', 'collation', 'wildcardProjection', 'prepareUnique']);
/** Options that are on or off, in numbers too. */
const flags: ReadonlySet<string> = new Set(['background', 'unique', 'sparse', 'dropDups', 'prepareUnique', 'clustered']);
const optionsOfIdIndex: ReadonlySet<string> = new Set(['key', 'name', 'ns', 'v', 'collation', '_id']);

function refuse(code: ErrorName, message: string): never {
  throw new CommandError(code, message);
}

function isKnown(name: string): boolean {
  return knownOptions.has(name) || ignoredOptions.has(name) || unsupportedIndexOptions.has(name);
}

function printed(specification: RawDocument): string {
  return describeValue(documentValue(specification));
}

/** The specification without what no version knows (`ignoreUnknownIndexOptions`). */
export function withoutUnknownOptions(specification: RawDocument): RawDocument {
  return documentOf([...elements(documentValue(specification))].filter(([name]) => isKnown(name)));
}

/** Whether the option is on. Its type has been checked. */
export function isOn(given: GivenOptions, name: string): boolean {
  const value = given.get(name);
  if (value === undefined) return false;
  return value.type === BsonType.bool ? value.boolean() : value.number() !== 0;
}

function wrongType(name: string, wanted: string, { type }: RawValue): never {
  return refuse('TypeMismatch', `The field '${name}' must be ${wanted}, but got ${bsonTypeName(type) ?? 'unknown'}`);
}

/** By option: what it may be. The words, quotes included, are MongoDB's. */
function checkType(name: string, value: RawValue): void {
  if (flags.has(name)) {
    if (value.type === BsonType.bool || isNumericType(value.type)) return;
    refuse('TypeMismatch', `The field '${name} has value ${name}: ${describeValue(value)}, which is not convertible to bool`);
  }
  if (name === 'name' && value.type !== BsonType.string) wrongType(name, 'a string', value);
  if (name === 'hidden' && value.type !== BsonType.bool) wrongType('name', 'a bool', value);
  if (name === 'v') {
    if (!isNumericType(value.type)) wrongType(name, 'a number', value);
    if (value.number() !== 1 && value.number() !== 2) refuse('CannotCreateIndex', `Invalid index specification; cannot create an index with v=${describeValue(value)}`);
  }
  if (name === 'collation' || name === 'partialFilterExpression') {
    if (value.type !== BsonType.object) wrongType(name, 'an object', value);
    if (name === 'collation' && value.end - value.start === 5) refuse('BadValue', "The field 'collation' cannot be an empty object.");
  }
  if (name === 'partialFilterExpression') compileFilter(value.document(), constantEnvironment);
}

function checkForm(specification: RawDocument, given: GivenOptions): void {
  for (const name of given.keys()) {
    if (!isKnown(name)) refuse('InvalidIndexSpecificationOption', `The field '${name}' is not valid for an index specification. Specification: ${printed(specification)}`);
  }
  for (const [name, value] of given) {
    if (name === 'key') checkWildcardKey(checkKey(value), given.has('wildcardProjection'));
    else if (name === 'wildcardProjection') wildcardProjectionOf(value, checkKey(given.get('key')));
    else checkType(name, value);
  }
  checkKey(given.get('key'));
  if (!given.has('name')) refuse('FailedToParse', "The 'name' field is a required property of an index specification");
  if (isOn(given, 'unique') && isOn(given, 'prepareUnique')) {
    refuse('CannotCreateIndex', `Invalid index specification ${printed(specification)}; cannot create an index with the 'unique' option and the 'prepareUnique' option`);
  }
}

/** Throws what is wrong with the specification by itself; MongoDB puts the specification in front of such an error. */
export function checkSpecification(specification: RawDocument, given: GivenOptions): void {
  try {
    checkForm(specification, given);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new CommandError(error.code, `Error in specification ${printed(specification)} :: caused by :: ${error.message}`);
  }
}

function checkIdIndex(specification: RawDocument, given: GivenOptions, key: RawDocument): void {
  // A clustered collection's own index, which has other options.
  if (given.has('clustered')) return;
  for (const name of given.keys()) {
    if (!optionsOfIdIndex.has(name)) refuse('InvalidIndexSpecificationOption', `The field '${name}' is not valid for an _id index specification. Specification: ${printed(specification)}`);
  }
  if (!isIdKey(key)) refuse('BadValue', `The field 'key' for an _id index must be {_id: 1}, but got ${describeValue(documentValue(key))}`);
}

function isIdPattern(key: RawDocument): boolean {
  const fields = [...elements(documentValue(key))];
  return fields.length === 1 && fields[0]![0] === '_id' && Math.abs(Math.trunc(fields[0]![1].number() ?? 0)) === 1;
}

/** The name, and the index on `_id`, which takes few options. */
export function checkNameAndId(specification: RawDocument, given: GivenOptions, key: RawDocument): void {
  const name = given.get('name')!.string();
  if (isIdPattern(key)) checkIdIndex(specification, given, key);
  else if (name === '_id_') refuse('BadValue', `The index name '_id_' is reserved for the _id index, which must have key pattern {_id: 1}, found ${describeValue(documentValue(key))}`);
  if (name === '*') refuse('BadValue', "The index name '*' is not valid.");
  if (name === '') refuse('CannotCreateIndex', 'index name cannot be empty');
  if (name.includes('\0')) refuse('CannotCreateIndex', 'index name cannot contain NUL bytes');
}

function expiryProblem(value: RawValue): string | undefined {
  const option = "TTL index 'expireAfterSeconds'";
  if (!isNumericType(value.type)) return `${option} option must be numeric, but received a type of '${bsonTypeName(value.type) ?? 'unknown'}'`;
  // A decimal that no double holds is out of range in any case.
  const seconds = value.number() ?? Number.POSITIVE_INFINITY;
  if (Number.isNaN(seconds)) return `${option} option must not be NaN`;
  if (Math.abs(seconds) > maxExpireAfter_s) return `${option} must be within the range of a 32-bit integer`;
  return seconds < 0 ? `${option} option cannot be less than 0` : undefined;
}

/** After how many seconds documents expire. Throws CannotCreateIndex. */
export function expireAfterOf(specification: RawDocument, given: GivenOptions, key: RawDocument): number | undefined {
  const value = given.get('expireAfterSeconds');
  if (value === undefined) return undefined;
  const problem = expiryProblem(value);
  if (problem !== undefined) refuse('CannotCreateIndex', `. Index spec: ${printed(specification)} :: caused by :: ${problem}`);
  if ([...elements(documentValue(key))].length !== 1) {
    refuse('CannotCreateIndex', `TTL indexes are single-field indexes, compound indexes do not support TTL. Index spec: ${printed(specification)}`);
  }
  return Math.trunc(value.number()!);
}
