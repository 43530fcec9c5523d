// Index specifications of `createIndexes`: checked, and brought into the catalog's form. What is checked first, with the
// specification in front of the error, is in index-options.ts. Source: the manual's page "createIndexes".
import { hasFolds } from '../../bson/collation-fold.js';
import { collatedIndexRefused, describeCollation, parseCollation, type Collation } from '../../bson/collation.js';
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { elements } from '../../bson/reader.js';
import { BsonType } from '../../bson/types.js';
import { booleanValue, documentOf } from '../../bson/values.js';
import { CommandError, type ErrorName } from '../../errors.js';
import { compileFilter } from '../../query/match/compile-filter.js';
import type { IndexEntry } from '../../storage/units.js';
import { constantEnvironment } from '../environment.js';
import { checkKeyKinds, isHashed, isIndexOfValues } from './index-key-rules.js';
import { checkNameAndId, checkSpecification, expireAfterOf, isOn, unsupportedIndexOptions, type GivenOptions } from './index-options.js';
import { checkPartialFilter } from './partial-filter-rules.js';
import { checkWildcardOptions, wildcardProjectionOf } from './wildcard-rules.js';

export type IndexDefinition = Omit<IndexEntry, 'id' | 'multikey'>;

function refuse(code: ErrorName | number, message: string): never {
  throw new CommandError(code, message);
}

/** `a_1_b_-1`: the name that drivers and the shell give. */
export function defaultIndexName(key: RawDocument): string {
  return [...elements(documentValue(key))].map(([path, value]) => `${path}_${value.type === BsonType.string ? value.string() : (value.number() ?? 1)}`).join('_');
}

function partialFilterOf(value: RawValue | undefined, isSparse: boolean): RawDocument | undefined {
  if (value === undefined) return undefined;
  if (isSparse) refuse('CannotCreateIndex', 'cannot mix "partialFilterExpression" and "sparse" options');
  checkPartialFilter(compileFilter(value.document(), constantEnvironment).node);
  return value.document();
}

function refuseUnsupported(given: GivenOptions): void {
  for (const name of given.keys()) {
    if (unsupportedIndexOptions.has(name)) refuse('CannotCreateIndex', `The index option '${name}' is not supported by this server`);
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

function isToBeUnique(given: GivenOptions, key: RawDocument, collation: Collation | undefined): boolean {
  if (!isOn(given, 'prepareUnique')) return false;
  if (!isIndexOfValues(key) || collation !== undefined) refuse('CannotCreateIndex', "The option 'prepareUnique' is not supported with hashed and wildcard indexes and with collations by this server");
  return true;
}

function checkUniqueness(key: RawDocument, unique: boolean, collation: Collation | undefined): void {
  if (!unique) return;
  if (collation !== undefined && !hasFolds(collation)) throw collatedIndexRefused(collation);
  if ([...elements(documentValue(key))].some(([, kind]) => isHashed(kind))) {
    refuse(16764, 'Currently hashed indexes cannot guarantee uniqueness. Use a regular index.');
  }
}

/** One entry of `indexes` in the catalog's form; it has the collection's collation where it names none. Throws what MongoDB would. */
export function parseIndexSpecification(specification: RawDocument, defaultCollation: RawDocument | undefined): IndexDefinition {
  const given = new Map(elements(documentValue(specification)));
  checkSpecification(specification, given);
  const key = given.get('key')!.document();
  checkNameAndId(specification, given, key);
  checkKeyKinds(key);
  refuseUnsupported(given);
  const collation = given.get('collation')?.document() ?? defaultCollation;
  const parsed = collation === undefined ? undefined : parseCollation(collation);
  const unique = isOn(given, 'unique');
  checkUniqueness(key, unique, parsed);
  const sparse = isOn(given, 'sparse');
  checkWildcardOptions(key, { sparse, unique, expires: given.has('expireAfterSeconds') });
  const expireAfterSeconds = expireAfterOf(specification, given, key);
  const partialFilterExpression = partialFilterOf(given.get('partialFilterExpression'), sparse);
  const isPreparedUnique = isToBeUnique(given, key, parsed);
  return {
    name: given.get('name')!.string(),
    key, sparse, unique,
    hidden: isOn(given, 'hidden'),
    options: keptOptions({ background: given.get('background'), projection: wildcardProjectionOf(given.get('wildcardProjection'), key), isPreparedUnique }, parsed),
    ...(partialFilterExpression === undefined ? {} : { partialFilterExpression }),
    ...(expireAfterSeconds === undefined ? {} : { expireAfterSeconds }),
  };
}
