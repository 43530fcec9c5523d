// What `collMod` changes of an index: its expiry, whether it is hidden, and whether it is unique.
// Source: the manual's page "collMod", "Index Options".
import { foldingCollation } from '../../storage/index-collation.js';
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { elements } from '../../bson/reader.js';
import { BsonType, bsonTypeName, isNumericType } from '../../bson/types.js';
import { booleanValue, documentOf, int64Value } from '../../bson/values.js';
import type { DocumentWriter } from '../../bson/writer.js';
import { CommandError } from '../../errors.js';
import { isPreparedUnique } from '../../storage/uniqueness.js';
import type { CollectionEntry, IndexEntry } from '../../storage/units.js';
import { sameKeyPattern } from '../hint.js';
import { isIndexOfValues } from './index-key-rules.js';

export interface IndexChange {
  readonly name: string | undefined;
  readonly keyPattern: RawDocument | undefined;
  readonly expireAfter_s: number | undefined;
  readonly hidden: boolean | undefined;
  readonly unique: true | undefined;
  readonly prepareUnique: boolean | undefined;
}

const changeable = ['expireAfterSeconds', 'hidden', 'unique', 'prepareUnique'] as const;

function invalid(message: string): never {
  throw new CommandError('InvalidOptions', message);
}

function flag(name: string, value: RawValue | undefined): boolean | undefined {
  if (value === undefined) return undefined;
  if (value.type === BsonType.bool) return value.boolean();
  if (isNumericType(value.type)) return value.number() !== 0;
  throw new CommandError('TypeMismatch', `BSON field 'collMod.index.${name}' is the wrong type '${bsonTypeName(value.type) ?? 'unknown'}', expected types '[bool, long, int, decimal, double]'`);
}

/** The field `index` of `collMod`; throws what MongoDB would. */
export function parseIndexChange(specification: RawDocument): IndexChange {
  const given = new Map(elements(documentValue(specification)));
  const known: readonly string[] = ['name', 'keyPattern', ...changeable];
  for (const name of given.keys()) {
    if (!known.includes(name)) throw new CommandError('Location40415', `BSON field 'collMod.index.${name}' is an unknown field.`);
  }
  const name = given.get('name');
  const keyPattern = given.get('keyPattern');
  if (name === undefined && keyPattern === undefined) invalid('must specify either index name or key pattern');
  if (name !== undefined && keyPattern !== undefined) invalid('Cannot specify both key pattern and name.');
  if (!changeable.some((option) => given.has(option))) invalid('no expireAfterSeconds, hidden, unique, or prepareUnique field');
  const unique = flag('unique', given.get('unique'));
  if (unique === false) throw new CommandError('BadValue', "collMod cannot make a unique index one that is not: 'unique' must be true");
  return {
    name: name?.string(),
    keyPattern: keyPattern?.document(),
    expireAfter_s: given.get('expireAfterSeconds')?.number(),
    hidden: flag('hidden', given.get('hidden')),
    prepareUnique: flag('prepareUnique', given.get('prepareUnique')),
    unique,
  };
}

/** Throws IndexNotFound, and AmbiguousIndexKeyPattern where a key pattern is that of several indexes. */
export function findIndex({ indexes, database, name }: CollectionEntry, change: IndexChange): IndexEntry {
  const { keyPattern } = change;
  const found = indexes.filter((index) => (keyPattern === undefined ? index.name === change.name : sameKeyPattern(index.key, keyPattern)));
  if (found.length > 1) throw new CommandError('AmbiguousIndexKeyPattern', `index keyPattern matches ${found.length} indexes, must use index name`);
  if (found[0] === undefined) throw new CommandError('IndexNotFound', `cannot find index ${change.name ?? 'by key pattern'} for ns ${database}.${name}`);
  return found[0];
}

function checkExpiry(index: IndexEntry, seconds: number): void {
  const fieldCount = [...elements(documentValue(index.key))].length;
  if (fieldCount !== 1 || index.name === '_id_' || !isIndexOfValues(index.key)) invalid('TTL indexes are single-field indexes, compound indexes do not support TTL');
  if (!(seconds >= 0) || seconds > 2_147_483_647) invalid("TTL index 'expireAfterSeconds' option must be within an acceptable range");
}

/** Whether the index is yet to become unique by this change. Throws where it cannot. */
export function becomesUnique(index: IndexEntry, { unique }: IndexChange): boolean {
  if (unique !== true || index.unique) return false;
  if (!isPreparedUnique(index)) invalid("Cannot make index unique with 'prepareUnique=false'. Run collMod to set 'prepareUnique' before converting to unique.");
  return true;
}

function checkMayBeUnique(index: IndexEntry): void {
  if (!isIndexOfValues(index.key)) invalid(`The index '${index.name}' is of a kind that cannot be unique`);
  // Texts that fold alike need not be equal; an index that was made unique keeps what tells them apart.
  if (foldingCollation(index) !== undefined) invalid('An index with a collation is not made unique after it was made; create another one');
}

function withoutOption(options: RawDocument, name: string): RawDocument {
  return documentOf([...elements(documentValue(options))].filter(([option]) => option !== name));
}

function withPrepareUnique(index: IndexEntry, prepareUnique: boolean): IndexEntry {
  if (prepareUnique) checkMayBeUnique(index);
  const rest = withoutOption(index.options, 'prepareUnique');
  const options = prepareUnique ? documentOf([...elements(documentValue(rest)), ['prepareUnique', booleanValue(true)]]) : rest;
  return { ...index, options };
}

/** The index as it is to be; `reply` is told what changed, from what to what. */
export function changedIndex(index: IndexEntry, change: IndexChange, reply: DocumentWriter): IndexEntry {
  let changed = index;
  if (change.expireAfter_s !== undefined) {
    checkExpiry(index, change.expireAfter_s);
    if (index.expireAfterSeconds !== undefined) reply.append('expireAfterSeconds_old', int64Value(BigInt(index.expireAfterSeconds)));
    reply.append('expireAfterSeconds_new', int64Value(BigInt(Math.trunc(change.expireAfter_s))));
    changed = { ...changed, expireAfterSeconds: Math.trunc(change.expireAfter_s) };
  }
  if (change.hidden !== undefined) {
    if (index.name === '_id_') throw new CommandError('BadValue', "can't hide _id index");
    reply.boolean('hidden_old', index.hidden).boolean('hidden_new', change.hidden);
    changed = { ...changed, hidden: change.hidden };
  }
  if (change.prepareUnique !== undefined && !index.unique && change.prepareUnique !== isPreparedUnique(index)) {
    reply.boolean('prepareUnique_old', !change.prepareUnique).boolean('prepareUnique_new', change.prepareUnique);
    changed = withPrepareUnique(changed, change.prepareUnique);
  }
  if (becomesUnique(index, change)) {
    reply.boolean('unique_new', true);
    changed = { ...changed, unique: true, becameUnique: true, options: withoutOption(changed.options, 'prepareUnique') };
  }
  return changed;
}
