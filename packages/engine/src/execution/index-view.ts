// An index as one plan reads it: its fields, and what its keys may be relied on for. Most indexes have one view; a wildcard index has
// one for each path of a filter (wildcard-views.ts).
import { ElementReader } from '../bson/reader.js';
import { documentValue, type RawDocument } from '../bson/raw-value.js';
import { BsonType } from '../bson/types.js';
import type { WildcardPattern } from '../query/wildcard-pattern.js';
import { wildcardOf } from '../storage/index-extractor.js';
import type { IndexEntry } from '../storage/units.js';
import type { Bounds } from './bounds.js';
import type { IntervalList } from './interval.js';

export interface KeyField {
  readonly path: string;
  readonly descending: boolean;
  /** Of an index: values are looked up, not ordered. */
  readonly isHashed?: boolean;
  /** No document has an array there, whatever the index's other fields have. */
  readonly isNeverArray?: boolean;
  /** Bounds that it has whatever the filter says. */
  readonly fixed?: IntervalList;
  /** What of a condition's bounds the keys can answer; undefined: nothing. */
  readonly restrict?: (bounds: Bounds) => Bounds | undefined;
}

/** What is special about the view of a wildcard index. */
export interface WildcardView {
  /** Where in `fields` the path stands. */
  readonly position: number;
  /** The paths, of those that the view is about, at which some document has an array. */
  readonly arrayPaths: readonly string[];
  /** A record may have several of the keys, without an array. */
  readonly mayRepeat: boolean;
}

export interface IndexView {
  readonly index: IndexEntry;
  readonly fields: readonly KeyField[];
  /** A record may have several keys for one path: conditions may be met by two of them. */
  readonly multikey: boolean;
  readonly wildcard?: WildcardView;
}

/** The fields of a key pattern or sort specification of numbers. */
export function keyFields(pattern: RawDocument): KeyField[] {
  const fields: KeyField[] = [];
  const reader = ElementReader.of(documentValue(pattern));
  while (reader.next()) {
    const field = { path: reader.name(), descending: (reader.value().number() ?? 1) < 0 };
    fields.push(reader.type === BsonType.string ? { ...field, isHashed: true } : field);
  }
  return fields;
}

interface KnownIndex {
  readonly view: IndexView;
  readonly wildcard: WildcardPattern | undefined;
}

/** By catalog entry, which is immutable: every planning asks about every index. */
const knownIndexes = new WeakMap<IndexEntry, KnownIndex>();

function knownIndex(index: IndexEntry): KnownIndex {
  let known = knownIndexes.get(index);
  if (known === undefined) {
    known = { view: { index, fields: keyFields(index.key), multikey: index.multikey }, wildcard: wildcardOf(index) };
    knownIndexes.set(index, known);
  }
  return known;
}

/** The index's fields as its pattern names them. */
export function plainView(index: IndexEntry): IndexView {
  return knownIndex(index).view;
}

/** The wildcard of the index's pattern; undefined where it has none. */
export function wildcardPattern(index: IndexEntry): WildcardPattern | undefined {
  return knownIndex(index).wildcard;
}
