// A collection's entry made ready for writing: its indexes with compiled key patterns and partial filters, its counters.
import { createHash } from 'node:crypto';
import { mayHoldText } from '../bson/collation-fold.js';
import type { Collation } from '../bson/collation.js';
import { compareValues } from '../bson/compare.js';
import { encodeKey, maxEncodedKeyBytes, type Direction, type EncodedKey } from '../bson/key-encoding.js';
import { unknownTypes } from '../bson/number-types.js';
import { documentValue, type RawDocument, type RawValue } from '../bson/raw-value.js';
import { getDocumentField } from '../bson/reader.js';
import type { QueryEnvironment } from '../query/environment.js';
import { compileFilter } from '../query/match/compile-filter.js';
import type { Matcher } from '../query/match/matcher.js';
import { collectionRowKey } from './catalog-rows.js';
import { collectionCounter, indexCounter } from './counters.js';
import { foldingCollation } from './index-collation.js';
import { foldedKey, keyExtractorOf, type KeyExtractor } from './index-extractor.js';
import { keptBytes } from './kept-bytes.js';
import { namespaceOf } from './namespace.js';
import { hasUniqueEntries, refusesDuplicates } from './uniqueness.js';
import type { CollectionEntry, IndexEntry } from './units.js';

/** What a document puts into one index. */
export interface DocumentKeys {
  readonly keys: readonly EncodedKey[];
  readonly multikey: boolean;
}

/** LMDB takes 1978 bytes: prefix, cut key, digest, record id, and one more for the bounds of ranges. */
const digestBytes = 7;
const noKeys: DocumentKeys = { keys: [], multikey: false };
const ascending: readonly Direction[] = [1];

/** Partial filters depend on nothing but the document. */
const filterEnvironment: QueryEnvironment = {
  now_ms: 0,
  clusterTime: 0n,
  variables: new Map(),
  collation: undefined,
  newObjectId: () => Buffer.alloc(12),
  random: () => 0,
};

/** The values of one key of a document, and their bytes, however long. */
export interface WholeKey {
  readonly values: readonly RawValue[];
  readonly bytes: Buffer;
}

export class PreparedIndex {
  readonly counter: string;
  readonly isIdIndex: boolean;
  readonly hasUniqueEntries: boolean;
  readonly refusesDuplicates: boolean;
  private readonly extractor: KeyExtractor;
  private readonly filter: Matcher | undefined;
  private readonly folding: Collation | undefined;

  constructor(readonly entry: IndexEntry) {
    this.counter = indexCounter(entry.id);
    this.isIdIndex = entry.name === '_id_';
    this.hasUniqueEntries = hasUniqueEntries(entry);
    this.refusesDuplicates = refusesDuplicates(entry);
    this.extractor = keyExtractorOf(entry);
    this.folding = foldingCollation(entry);
    const filter = entry.partialFilterExpression;
    this.filter = filter === undefined ? undefined : compileFilter(filter, filterEnvironment);
  }

  /** Throws where the document cannot be indexed (parallel arrays). */
  keysOf(document: RawDocument): DocumentKeys {
    const value = documentValue(document);
    if (this.filter?.matches(value) === false) return noKeys;
    const { keys, multikey } = this.extractor.keysOf(value);
    if (keys.length === 0) return noKeys;
    const encoded = keys.map((key) => this.encode(key));
    const mayRepeat = this.folding !== undefined || encoded.some(({ isTruncated }) => isTruncated);
    return { keys: encoded.length > 1 && mayRepeat ? distinct(encoded) : encoded, multikey };
  }

  /** The values behind the document's keys, and the whole keys that stand for them. */
  wholeKeysOf(document: RawDocument): readonly WholeKey[] {
    const { keys } = this.extractor.keysOf(documentValue(document));
    const { directions } = this.extractor;
    return keys.map((values) => ({ values, bytes: encodeKey(this.kept(values), directions, Number.MAX_SAFE_INTEGER).bytes }));
  }

  /** Whether a unique index takes the two for one. */
  isSameKey(a: WholeKey, b: WholeKey): boolean {
    return a.bytes.equals(b.bytes) && (this.folding === undefined || a.values.every((value, field) => compareValues(value, b.values[field]!, this.folding) === 0));
  }

  /** What the index keeps of a key that is too long. */
  cut(whole: Buffer): Buffer {
    return this.hasUniqueEntries ? cutKey(whole) : whole.subarray(0, maxEncodedKeyBytes);
  }

  private kept(values: readonly RawValue[]): readonly RawValue[] {
    return this.folding === undefined ? values : foldedKey(this.extractor, values, this.folding);
  }

  private encode(values: readonly RawValue[]): EncodedKey {
    const { directions } = this.extractor;
    const kept = this.kept(values);
    if (!this.hasUniqueEntries) return encodeKey(kept, directions);
    const key = encodeUniqueKey(kept, directions);
    // Texts that fold alike need not be equal, as keys that were cut need not be.
    if (this.folding === undefined || !values.some(mayHoldText)) return key;
    const whole = encodeKey(values, directions, Number.MAX_SAFE_INTEGER).bytes;
    // Kept beside it, so that a change to another text of the same fold is seen as one.
    const numberTypes = Buffer.concat([unknownTypes, digestOf(whole)]);
    return { bytes: key.isTruncated ? key.bytes : cutKey(key.bytes), isTruncated: true, numberTypes };
  }
}

/**
 * What a unique index keeps of a key that is too long: its first bytes and a digest of the whole, so that a search for one
 * value does not go through all that begin alike.
 */
function cutKey(whole: Buffer): Buffer {
  return Buffer.concat([whole.subarray(0, maxEncodedKeyBytes), digestOf(whole)]);
}

function digestOf(whole: Buffer): Buffer {
  return createHash('sha256').update(whole).digest().subarray(0, digestBytes);
}

function encodeUniqueKey(values: readonly RawValue[], directions: readonly Direction[]): EncodedKey {
  const key = encodeKey(values, directions);
  if (!key.isTruncated) return key;
  return { ...key, bytes: cutKey(encodeKey(values, directions, Number.MAX_SAFE_INTEGER).bytes) };
}

/** Keys that were cut to the same bytes are one entry of a record. */
function distinct(keys: readonly EncodedKey[]): readonly EncodedKey[] {
  return [...new Map(keys.map((key) => [key.bytes.toString('latin1'), key])).values()];
}

/** Bounds of a capped collection. */
export interface CappedLimits {
  readonly bytes: number;
  readonly documents: number;
}

export interface PreparedCollection {
  readonly entry: CollectionEntry;
  readonly namespace: string;
  readonly catalogKey: Buffer;
  readonly counter: string;
  readonly indexes: readonly PreparedIndex[];
  readonly idIndex: PreparedIndex | undefined;
  readonly building: readonly PreparedIndex[];
  readonly capped: CappedLimits | undefined;
  /** Whether the oplog keeps documents as they were before a change. */
  readonly keepsPreImages: boolean;
}

const preparedByEntry = new WeakMap<CollectionEntry, PreparedCollection>();

/** The entry made ready, once per entry: entries are immutable. */
export function prepareCollection(entry: CollectionEntry): PreparedCollection {
  let prepared = preparedByEntry.get(entry);
  if (prepared === undefined) {
    const indexes = entry.indexes.map((index) => new PreparedIndex(index));
    prepared = {
      entry,
      namespace: namespaceOf(entry.database, entry.name),
      catalogKey: keptBytes(collectionRowKey(entry.database, entry.name)),
      counter: collectionCounter(entry.id),
      indexes,
      idIndex: indexes.find((index) => index.isIdIndex),
      building: (entry.building ?? []).map((index) => new PreparedIndex(index)),
      capped: cappedLimits(entry.options),
      keepsPreImages: keepsPreImages(entry.options),
    };
    preparedByEntry.set(entry, prepared);
  }
  return prepared;
}

function keepsPreImages(options: RawDocument): boolean {
  const images = getDocumentField(options, 'changeStreamPreAndPostImages');
  return images !== undefined && getDocumentField(images.document(), 'enabled')?.boolean() === true;
}

function cappedLimits(options: RawDocument): CappedLimits | undefined {
  const capped = getDocumentField(options, 'capped');
  if (capped === undefined || !(capped.number() ?? capped.boolean())) return undefined;
  const documents = getDocumentField(options, 'max')?.number() ?? 0;
  return {
    bytes: getDocumentField(options, 'size')?.number() ?? Number.POSITIVE_INFINITY,
    documents: documents > 0 ? documents : Number.POSITIVE_INFINITY,
  };
}

/** The key of a value in the `_id_` index. */
export function encodeId(id: RawValue): EncodedKey {
  return encodeUniqueKey([id], ascending);
}
