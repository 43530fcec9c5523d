// Hints: which index a query must use. Source: the manual's "cursor.hint()".
import { ElementReader } from '../bson/reader.js';
import { documentValue, type RawDocument, type RawValue } from '../bson/raw-value.js';
import { BsonType } from '../bson/types.js';
import { CommandError } from '../errors.js';
import type { CollectionEntry, IndexEntry } from '../storage/units.js';
import { isClusteredName } from './catalog/clustered-index.js';
import type { Direction } from './plan.js';

export type Hint =
  | { readonly kind: 'natural'; readonly direction: Direction }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'key'; readonly key: RawDocument };

/** A hint as commands take it: the name or the key pattern of an index, or `{$natural: ±1}`. An empty document is none. */
export function parseHint(value: RawValue | undefined): Hint | undefined {
  if (value === undefined) return undefined;
  if (value.type === BsonType.string) return { kind: 'name', name: value.string() };
  if (value.type !== BsonType.object) throw new CommandError('FailedToParse', 'Hint must be a string or an object');
  const key = value.document();
  const reader = ElementReader.of(documentValue(key));
  if (!reader.next()) return undefined;
  if (reader.name() !== '$natural') return { kind: 'key', key };
  return { kind: 'natural', direction: (reader.value().number() ?? 1) < 0 ? 'backward' : 'forward' };
}

/** Whether two key patterns name the same fields with the same numbers, whatever the numbers' types. */
export function sameKeyPattern(a: RawDocument, b: RawDocument): boolean {
  const left = ElementReader.of(documentValue(a));
  const right = ElementReader.of(documentValue(b));
  while (left.next()) {
    if (!right.next() || left.name() !== right.name() || !sameKeyValue(left.value(), right.value())) return false;
  }
  return !right.next();
}

function sameKeyValue(a: RawValue, b: RawValue): boolean {
  const left = a.number();
  if (left !== undefined) return left === b.number();
  return a.type === b.type && a.slice().equals(b.slice());
}

/** The index that the hint names. Throws BadValue where there is none, or where it is hidden. */
export function hintedIndex(hint: Extract<Hint, { kind: 'name' | 'key' }>, collection: CollectionEntry): IndexEntry {
  const isNamed = (index: IndexEntry, name: string): boolean => index.name === name || (index.name === '_id_' && isClusteredName(collection, name));
  const found = collection.indexes.find((index) => !index.hidden && (hint.kind === 'name' ? isNamed(index, hint.name) : sameKeyPattern(index.key, hint.key)));
  if (found !== undefined) return found;
  const namespace = `${collection.database}.${collection.name}`;
  throw new CommandError(
    'BadValue',
    `error processing query: ns=${namespace} planner returned error :: caused by :: hint provided does not correspond to an existing index`,
  );
}
