// Index specifications of `createIndexes`: checked, given a name, brought into the catalog's form, and compared with what
// there is. Source: the manual's "createIndexes" and "Index Types"; kinds that the engine has not are refused by name.
import { hasFolds } from '../../bson/collation-fold.js';
import { collatedIndexRefused, describeCollation, parseCollation, type Collation } from '../../bson/collation.js';
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { elements } from '../../bson/reader.js';
import { BsonType, bsonTypeName, isNumericType } from '../../bson/types.js';
import { booleanValue, documentOf } from '../../bson/values.js';
import { describeValue } from '../../aggregation/describe-value.js';
import { CommandError } from '../../errors.js';
import { compileFilter } from '../../query/match/compile-filter.js';
import type { IndexEntry } from '../../storage/units.js';
import { isWildcardName } from '../../query/wildcard-pattern.js';
import { constantEnvironment } from '../environment.js';
import { checkPartialFilter } from './partial-filter-rules.js';
import { checkWildcardKey, checkWildcardOptions, wildcardProjectionOf } from './wildcard-rules.js';

export type IndexDefinition = Omit<IndexEntry, 'id' | 'multikey'>;

export const maxKeyFields = 32;
export const maxExpireAfter_s = 2_147_483_647;

/** Accepted without effect: versions, builds in the background, storage engines. */
const ignoredOptions: ReadonlySet<string> = new Set(['v', 'background', 'ns', 'storageEngine', 'textIndexVersion', '2dsphereIndexVersion', 'clustered']);
/** Options of kinds of indexes that the engine does not have. */
export const unsupportedIndexOptions: ReadonlySet<string> = new Set([
  'weights', 'default_language', 'language_override', 'bits', 'min', 'max', 'bucketSize', 'columnstoreProjection',
]);
const knownOptions: ReadonlySet<string> = new Set(['key', 'name', 'unique', 'sparse', 'hidden', 'partialFilterExpression', 'expireAfterSeconds', 'collation', 'wildcardProjection', 'prepareUnique']);

function refuse(code: ConstructorParameters<typeof CommandError>[0], message: string): never {
  throw new CommandError(code, message);
}

function flag(name: string, value: RawValue | undefined): boolean {
  if (value === undefined) return false;
  if (value.type === BsonType.bool) return value.boolean();
  if (isNumericType(value.type)) return value.number() !== 0;
  return refuse('TypeMismatch', `The field '${name}' has value ${name}: ${describeValue(value)}, which is not convertible to bool`);
}

/** Kinds of indexes that MongoDB has and the engine has not; docs/engine.md lists them from here. */
export const unsupportedIndexKinds: ReadonlySet<string> = new Set(['text', '2d', '2dsphere', 'geoHaystack', 'columnstore']);

function checkKeyField(path: string, value: RawValue, key: RawValue): void {
  const bad = (reason: string): never => refuse('CannotCreateIndex', `Error in specification ${describeValue(key)} :: caused by :: ${reason}`);
  if (path === '') bad('Index keys cannot be an empty field.');
  if (path.split('.').includes('')) bad("Index keys cannot contain an empty field.");
  const named = path.replace(/(?:^|\.)\$\*\*$/u, '');
  if (named.split('.').some((part) => part.startsWith('$') && !['$id', '$ref', '$db'].includes(part))) bad("Index key contains an illegal field name: field name starts with '$'.");
  if (value.type === BsonType.string) {
    if (value.string() === 'hashed') return;
    if (unsupportedIndexKinds.has(value.string())) refuse('CannotCreateIndex', `Indexes of type '${value.string()}' are not supported by this server`);
    bad(`Unknown index plugin '${value.string()}'`);
  }
  if (!isNumericType(value.type)) bad('Values in v:2 index key pattern cannot be of type ' + `${bsonTypeName(value.type) ?? 'unknown'}. Only numbers > 0, numbers < 0, and strings are allowed.`);
  const number = value.number() ?? 1;
  if (number === 0 || Number.isNaN(number)) bad('Values in the index key pattern cannot be 0.');
}

function isHashed(value: RawValue): boolean {
  return value.type === BsonType.string && value.string() === 'hashed';
}

function checkKey(value: RawValue | undefined): RawDocument {
  if (value === undefined) return refuse('FailedToParse', "The 'key' field is a required property of an index specification");
  if (value.type !== BsonType.object) {
    return refuse('TypeMismatch', `The field 'key' must be an object, but got ${bsonTypeName(value.type) ?? 'unknown'}`);
  }
  const fields = [...elements(value)];
  if (fields.length === 0) refuse('CannotCreateIndex', 'Index keys cannot be empty.');
  if (fields.length > maxKeyFields) refuse(13103, `too many compound keys, limit: ${maxKeyFields}`);
  const seen = new Set<string>();
  let hashed = false;
  for (const [path, direction] of fields) {
    checkKeyField(path, direction, value);
    if (isHashed(direction) && hashed) refuse(31303, 'A maximum of one index field is allowed to be hashed');
    hashed ||= isHashed(direction);
    if (seen.has(path)) refuse('BadValue', `The field '${path}' appears multiple times in the index key pattern ${describeValue(value)}`);
    seen.add(path);
  }
  return value.document();
}

/** `a_1_b_-1`: the name that drivers and the shell give. */
export function defaultIndexName(key: RawDocument): string {
  return [...elements(documentValue(key))].map(([path, value]) => `${path}_${value.type === BsonType.string ? value.string() : (value.number() ?? 1)}`).join('_');
}

function nameOf(value: RawValue | undefined, key: RawDocument): string {
  if (value === undefined) return refuse('FailedToParse', "The 'name' field is a required property of an index specification");
  if (value.type !== BsonType.string) return refuse('TypeMismatch', `The field 'name' must be a string, but got ${bsonTypeName(value.type) ?? 'unknown'}`);
  const name = value.string();
  if (name === '') refuse('CannotCreateIndex', 'index name cannot be empty');
  if (name.includes('\0')) refuse('CannotCreateIndex', 'index name cannot contain a null byte');
  if (name === '*') refuse('BadValue', "The index name '*' is not valid.");
  if (name === '_id_' && !isIdKey(key)) refuse('BadValue', "The index name '_id_' is reserved for the _id index, which must have key pattern {_id: 1}");
  return name;
}

/** Whether the index keeps values by themselves: it is neither hashed nor a wildcard index. */
export function isIndexOfValues(key: RawDocument): boolean {
  return [...elements(documentValue(key))].every(([name, kind]) => !isHashed(kind) && !isWildcardName(name));
}

export function isIdKey(key: RawDocument): boolean {
  const fields = [...elements(documentValue(key))];
  return fields.length === 1 && fields[0]![0] === '_id' && (fields[0]![1].number() ?? 0) > 0;
}

function expireAfterOf(value: RawValue | undefined, key: RawDocument): number | undefined {
  if (value === undefined) return undefined;
  const seconds = value.number();
  if (seconds === undefined) return refuse('TypeMismatch', "TTL index 'expireAfterSeconds' option must be numeric");
  if (Number.isNaN(seconds)) return maxExpireAfter_s;
  if (seconds < 0 || seconds > maxExpireAfter_s) refuse('CannotCreateIndex', `TTL index 'expireAfterSeconds' option must be within an acceptable range, try a different number than ${seconds}`);
  const fields = [...elements(documentValue(key))];
  if (fields.length !== 1) refuse('CannotCreateIndex', 'TTL indexes are single-field indexes, compound indexes do not support TTL');
  if (fields[0]![0] === '_id') refuse('InvalidIndexSpecificationOption', "The field 'expireAfterSeconds' is not valid for an _id index specification");
  return Math.trunc(seconds);
}

function partialFilterOf(value: RawValue | undefined, isSparse: boolean): RawDocument | undefined {
  if (value === undefined) return undefined;
  if (value.type !== BsonType.object) return refuse('TypeMismatch', "The field 'partialFilterExpression' must be an object");
  if (isSparse) refuse('CannotCreateIndex', 'cannot mix "partialFilterExpression" and "sparse" options');
  checkPartialFilter(compileFilter(value.document(), constantEnvironment).node);
  return value.document();
}

function checkIdIndex(key: RawDocument, given: ReadonlyMap<string, RawValue>): void {
  if (!isIdKey(key)) return;
  for (const name of ['unique', 'sparse', 'partialFilterExpression', 'hidden']) {
    const value = given.get(name);
    if (value === undefined || (name === 'unique' && flag(name, value))) continue;
    if (name === 'hidden' && !flag(name, value)) continue;
    refuse(name === 'hidden' ? 'BadValue' : 'InvalidIndexSpecificationOption', name === 'hidden' ? "can't hide _id index" : `The field '${name}' is not valid for an _id index specification.`);
  }
}

function refuseUnknown(given: ReadonlyMap<string, RawValue>, specification: RawDocument): void {
  for (const name of given.keys()) {
    if (knownOptions.has(name) || ignoredOptions.has(name)) continue;
    if (unsupportedIndexOptions.has(name)) refuse('CannotCreateIndex', `The index option '${name}' is not supported by this server`);
    refuse('InvalidIndexSpecificationOption', `Error in specification ${describeValue(documentValue(specification))} :: caused by :: The field '${name}' is not valid for an index specification.`);
  }
}

interface KeptOptions {
  readonly background: RawValue | undefined;
  readonly projection: RawValue | undefined;
  readonly isPreparedUnique: boolean;
}

/** Options that `listIndexes` shows: these as they were given, the collation with all its fields. */
function keptOptions({ background, projection, isPreparedUnique }: KeptOptions, collation: Collation | undefined): RawDocument {
  const kept: [string, RawValue][] = [];
  if (isPreparedUnique) kept.push(['prepareUnique', booleanValue(true)]);
  if (projection !== undefined) kept.push(['wildcardProjection', projection]);
  if (background !== undefined) kept.push(['background', background]);
  if (collation !== undefined) kept.push(['collation', documentValue(describeCollation(collation))]);
  return documentOf(kept);
}

function isToBeUnique(given: ReadonlyMap<string, RawValue>, key: RawDocument, collation: Collation | undefined): boolean {
  if (!flag('prepareUnique', given.get('prepareUnique'))) return false;
  if (!isIndexOfValues(key) || collation !== undefined) refuse('CannotCreateIndex', "The option 'prepareUnique' is not supported with hashed and wildcard indexes and with collations by this server");
  return !flag('unique', given.get('unique'));
}

/** One entry of `indexes` in the catalog's form; it has the collection's collation where it names none. Throws what MongoDB would. */
export function parseIndexSpecification(specification: RawDocument, defaultCollation: RawDocument | undefined): IndexDefinition {
  const given = new Map(elements(documentValue(specification)));
  refuseUnknown(given, specification);
  const key = checkKey(given.get('key'));
  checkIdIndex(key, given);
  checkWildcardKey(key, given.has('wildcardProjection'));
  const projection = wildcardProjectionOf(given.get('wildcardProjection'), key);
  const collation = given.get('collation')?.document() ?? defaultCollation;
  const parsed = collation === undefined ? undefined : parseCollation(collation);
  const unique = flag('unique', given.get('unique'));
  if (unique && parsed !== undefined && !hasFolds(parsed)) throw collatedIndexRefused(parsed);
  if (unique && [...elements(documentValue(key))].some(([, kind]) => isHashed(kind))) {
    refuse(16764, 'Currently hashed indexes cannot guarantee uniqueness. Use a regular index.');
  }
  const sparse = flag('sparse', given.get('sparse'));
  checkWildcardOptions(key, { sparse, unique, expires: given.has('expireAfterSeconds') });
  const partialFilterExpression = partialFilterOf(given.get('partialFilterExpression'), sparse);
  const expireAfterSeconds = expireAfterOf(given.get('expireAfterSeconds'), key);
  return {
    name: nameOf(given.get('name'), key),
    key, sparse,
    unique,
    hidden: flag('hidden', given.get('hidden')),
    options: keptOptions({ background: given.get('background'), projection, isPreparedUnique: isToBeUnique(given, key, parsed) }, parsed),
    ...(partialFilterExpression === undefined ? {} : { partialFilterExpression }),
    ...(expireAfterSeconds === undefined ? {} : { expireAfterSeconds }),
  };
}
