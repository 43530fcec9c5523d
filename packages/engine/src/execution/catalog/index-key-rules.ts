// What `createIndexes` asks of an index's key. Source: the manual's "createIndexes" and "Index Types"; kinds that the engine has not
// are refused by name.
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { elements } from '../../bson/reader.js';
import { BsonType, bsonTypeName, isNumericType } from '../../bson/types.js';
import { describeValue } from '../../aggregation/describe-value.js';
import { CommandError } from '../../errors.js';
import { isWildcardName } from '../../query/wildcard-pattern.js';

export const maxKeyFields = 32;
const maxKeyBytes = 2048;

/** Kinds of indexes that MongoDB has and the engine has not; docs/engine.md lists them from here. */
export const unsupportedIndexKinds: ReadonlySet<string> = new Set(['text', '2d', '2dsphere', 'geoHaystack', 'columnstore']);

function bad(reason: string): never {
  throw new CommandError('CannotCreateIndex', reason);
}

/** Which fields of the key are hashed. */
export function isHashed(value: RawValue): boolean {
  return value.type === BsonType.string && value.string() === 'hashed';
}

/** Whether the index keeps values by themselves: it is neither hashed nor a wildcard index. */
export function isIndexOfValues(key: RawDocument): boolean {
  return [...elements(documentValue(key))].every(([name, kind]) => !isHashed(kind) && !isWildcardName(name));
}

/** `{_id: 1}`, in any type of number. */
export function isIdKey(key: RawDocument): boolean {
  const fields = [...elements(documentValue(key))];
  return fields.length === 1 && fields[0]![0] === '_id' && (fields[0]![1].number() ?? 0) > 0;
}

function checkPath(path: string): void {
  if (path === '') bad('Index keys cannot be an empty field.');
  if (path === '$**') return;
  const parts = path.split('.');
  const named = parts.at(-1) === '$**' ? parts.slice(0, -1) : parts;
  named.forEach((part, place) => {
    if (part === '') bad('Index keys cannot contain an empty field.');
    const isPartOfReference = place > 0 && ['$id', '$ref', '$db'].includes(part);
    if (part.startsWith('$') && !isPartOfReference) bad("Index key contains an illegal field name: field name starts with '$'.");
  });
}

function checkDirection(value: RawValue): void {
  if (value.type === BsonType.string) {
    if (value.string() === '') bad('Values in the index key pattern cannot be empty strings');
    return;
  }
  if (!isNumericType(value.type)) bad(`Values in v:2 index key pattern cannot be of type ${bsonTypeName(value.type) ?? 'unknown'}. Only numbers > 0, numbers < 0, and strings are allowed.`);
  const number = value.number() ?? 1;
  if (Number.isNaN(number)) bad('Values in the index key pattern cannot be NaN.');
  if (number === 0) bad('Values in the index key pattern cannot be 0.');
}

function checkPlugins(values: readonly RawValue[]): void {
  const names = values.filter(({ type }) => type === BsonType.string).map((value) => value.string()).filter((name) => name !== '');
  const [first] = names;
  if (first === undefined) return;
  if (first !== 'hashed' && !unsupportedIndexKinds.has(first)) bad(`Unknown index plugin '${first}'`);
  if (names.some((name) => name !== first)) bad("Can't use more than one index plugin for a single index.");
}

/** The field `key` of a specification. Throws what MongoDB would, without the specification in front. */
export function checkKey(value: RawValue | undefined): RawDocument {
  if (value === undefined) throw new CommandError('FailedToParse', "The 'key' field is a required property of an index specification");
  if (value.type !== BsonType.object) throw new CommandError('TypeMismatch', `The field 'key' must be an object, but got ${bsonTypeName(value.type) ?? 'unknown'}`);
  const fields = [...elements(value)];
  const seen = new Set<string>();
  for (const [path] of fields) {
    if (seen.has(path)) throw new CommandError('BadValue', `The field '${path}' appears multiple times in the index key pattern ${describeValue(value)}`);
    seen.add(path);
  }
  if (value.end - value.start > maxKeyBytes) bad('Index key pattern too large.');
  if (fields.length === 0) bad('Index keys cannot be empty.');
  checkPlugins(fields.map(([, direction]) => direction));
  for (const [path, direction] of fields) {
    checkDirection(direction);
    checkPath(path);
  }
  return value.document();
}

/** What MongoDB notices when it makes the index, and what this server has none of. */
export function checkKeyKinds(key: RawDocument): void {
  const fields = [...elements(documentValue(key))];
  const unsupported = fields.find(([, value]) => value.type === BsonType.string && unsupportedIndexKinds.has(value.string()));
  if (unsupported !== undefined) bad(`Indexes of type '${unsupported[1].string()}' are not supported by this server`);
  if (fields.length > maxKeyFields) throw new CommandError(13103, `too many compound keys, limit: ${maxKeyFields}`);
  if (fields.filter(([, value]) => isHashed(value)).length > 1) throw new CommandError(31303, 'A maximum of one index field is allowed to be hashed');
}
