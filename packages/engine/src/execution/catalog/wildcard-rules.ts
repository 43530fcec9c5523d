// What `createIndexes` asks of wildcard indexes. Source: the manual's "Wildcard Index Restrictions"; codes as the server gives them.
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { elements } from '../../bson/reader.js';
import { BsonType, bsonTypeName } from '../../bson/types.js';
import { CommandError, type ErrorName } from '../../errors.js';
import { isWildcardName, isWithinPath, projectedPaths } from '../../query/wildcard-pattern.js';
import { unsupportedIndexKinds } from './index-key-rules.js';

function refuse(code: ErrorName | number, message: string): never {
  throw new CommandError(code, message);
}

/** Refuses patterns with several wildcards, and with other fields that a wildcard without projection holds too. */
export function checkWildcardKey(key: RawDocument, hasProjection: boolean): void {
  const fields = [...elements(documentValue(key))];
  const wildcards = fields.filter(([name]) => isWildcardName(name));
  if (wildcards.length === 0) return;
  if (wildcards.length > 1) refuse(7_246_201, 'Index Key can contain only one wildcard index field');
  const plugin = fields.find(([, value]) => value.type === BsonType.string);
  // Of kinds that this server has none of, more is said later.
  if (plugin !== undefined && unsupportedIndexKinds.has(plugin[1].string())) return;
  if (plugin !== undefined) {
    refuse('CannotCreateIndex', `A wildcard index cannot have a field of the kind '${plugin[1].string()}'`);
  }
  if (hasProjection) return;
  const root = wildcards[0]![0].slice(0, -'.$**'.length);
  for (const [name] of fields) {
    if (!isWildcardName(name) && (root === '' || isWithinPath(name, root))) {
      refuse(7_246_204, `A wildcard index field should not overlap with other index fields if there is no wildcardProjection, however '${name}' does.`);
    }
  }
}

function checkNamedPaths(paths: readonly string[]): void {
  for (const path of paths) {
    if (path === '' || path.split('.').includes('')) refuse('FailedToParse', 'The wildcardProjection cannot name an empty field');
    if (path.split('.').some((part) => part.startsWith('$'))) refuse('FailedToParse', `The wildcardProjection cannot name a field that starts with '$': '${path}'`);
    const other = paths.find((each) => each !== path && isWithinPath(path, each));
    if (other !== undefined) refuse(7_246_200, `The wildcardProjection cannot name overlapping fields, however '${path}' lies within '${other}'.`);
  }
}

function checkProjectionFields(projection: RawDocument): void {
  for (const [, value] of elements(documentValue(projection))) {
    if (value.type === BsonType.object) checkProjectionFields(value.document());
    else if (value.type !== BsonType.bool && value.number() === undefined) refuse('FailedToParse', 'The wildcardProjection takes inclusions and exclusions alone');
  }
}

/** Fields beside the wildcard have values of their own, so that the wildcard must leave them out. */
function checkOtherFields(key: RawDocument, included: readonly string[], excluded: readonly string[]): void {
  for (const [name] of elements(documentValue(key))) {
    if (isWildcardName(name)) continue;
    const within = included.find((each) => isWithinPath(name, each));
    if (within !== undefined) refuse(7_246_208, `The index key and the wildcardProjection cannot overlap, however the index field '${name}' lies within '${within}'.`);
    if (excluded.some((each) => each !== '_id') && !excluded.some((each) => isWithinPath(name, each))) {
      refuse(7_246_209, `The wildcardProjection must exclude all other index fields, however '${name}' is not excluded.`);
    }
  }
}

/** The option as the catalog keeps it; throws what MongoDB would. */
export function wildcardProjectionOf(value: RawValue | undefined, key: RawDocument): RawValue | undefined {
  if (value === undefined) return undefined;
  const wildcard = [...elements(documentValue(key))].find(([name]) => isWildcardName(name));
  if (wildcard === undefined) refuse('BadValue', "The field 'wildcardProjection' is only allowed in a wildcard index");
  if (value.type !== BsonType.object) refuse('TypeMismatch', `The field 'wildcardProjection' must be a non-empty object, but got ${bsonTypeName(value.type) ?? 'unknown'}`);
  if (wildcard[0] !== '$**') refuse('FailedToParse', "The field 'wildcardProjection' is only allowed when 'key' is {\"$**\": ±1}");
  const projection = value.document();
  const paths = projectedPaths(projection);
  if (paths.length === 0) refuse('FailedToParse', "The 'wildcardProjection' field can't be an empty object");
  checkProjectionFields(projection);
  checkNamedPaths(paths.map(([path]) => path));
  const included = paths.filter(([, isIncluded]) => isIncluded).map(([path]) => path);
  const excluded = paths.filter(([, isIncluded]) => !isIncluded).map(([path]) => path);
  checkOtherFields(key, included, excluded);
  const isIdAlone = [included, excluded].some((each) => each.length === 1 && each[0] === '_id');
  if (included.length > 0 && excluded.length > 0 && !isIdAlone) refuse(31_254, 'Cannot mix inclusion and exclusion in a wildcardProjection, but for the _id');
  return value;
}

/** Options that wildcard indexes cannot have. */
export function checkWildcardOptions(key: RawDocument, options: { readonly sparse: boolean; readonly unique: boolean; readonly expires: boolean }): void {
  if (![...elements(documentValue(key))].some(([name]) => isWildcardName(name))) return;
  if (options.sparse) refuse('CannotCreateIndex', "Index type 'wildcard' does not support the 'sparse' option");
  if (options.unique) refuse('CannotCreateIndex', "Index type 'wildcard' does not support the 'unique' option");
  if (options.expires) refuse('CannotCreateIndex', "cannot make a TTL index :: caused by :: Index type 'wildcard' does not support the 'expireAfterSeconds' option");
}
