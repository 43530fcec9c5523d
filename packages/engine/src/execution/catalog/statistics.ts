// Sizes of collections and databases, as `collStats`, `$collStats` and `dbStats` show them.
// Source: the manual's "collStats" and "dbStats". Numbers are exact where storage counts them.
import type { Document } from 'bson';
import type { RawDocument } from '../../bson/raw-value.js';
import { encodeDocument } from '../../bson/values.js';
import { getDocumentField } from '../../bson/reader.js';
import type { CollectionEntry, ReadUnit } from '../../storage/units.js';

/** What LMDB takes for a record besides its bytes: key, node header, and the share of half-empty pages. */
const recordOverhead_bytes = 32;

interface Sizes {
  readonly documents: number;
  readonly dataBytes: number;
  readonly storageBytes: number;
  readonly indexBytes: ReadonlyMap<string, number>;
}

export function collectionSizes(unit: ReadUnit, collection: CollectionEntry): Sizes {
  const { documents, bytes } = unit.counts(collection);
  return {
    documents,
    dataBytes: bytes,
    storageBytes: bytes + documents * recordOverhead_bytes,
    indexBytes: new Map(collection.indexes.map((index) => [index.name, unit.indexBytes(index)])),
  };
}

export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

export function isCapped(collection: CollectionEntry): boolean {
  const capped = getDocumentField(collection.options, 'capped');
  return capped !== undefined && (capped.number() ?? Number(capped.boolean())) !== 0;
}

/** What a capped collection holds at most. */
function cappedLimits(collection: CollectionEntry): { readonly max?: number; readonly maxSize?: number } {
  if (!isCapped(collection)) return {};
  return { max: getDocumentField(collection.options, 'max')?.number() ?? 0, maxSize: getDocumentField(collection.options, 'size')?.number() ?? 0 };
}

/** How many documents there are; of a time series, whose measurements are buckets of one here, what a mongod tells of its buckets. */
function contents({ kind, database, name }: CollectionEntry, documents: number, dataBytes: number): Document {
  const averageBytes = documents > 0 ? Math.floor(dataBytes / documents) : undefined;
  if (kind !== 'timeseries') return { count: documents, ...(averageBytes === undefined ? {} : { avgObjSize: averageBytes }) };
  return {
    timeseries: {
      bucketsNs: `${database}.system.buckets.${name}`,
      bucketCount: documents,
      ...(averageBytes === undefined ? {} : { avgBucketSize: averageBytes }),
      numBucketInserts: documents,
      numBucketUpdates: 0,
      numBucketsOpenedDueToMetadata: documents,
      numBucketsClosedDueToCount: 0,
      numBucketsClosedDueToSize: 0,
      numBucketsClosedDueToTimeForward: 0,
      numBucketsClosedDueToTimeBackward: 0,
      numBucketsClosedDueToMemoryThreshold: 0,
      numCommits: documents,
      numWaits: 0,
      numMeasurementsCommitted: documents,
      avgNumMeasurementsPerCommit: documents > 0 ? 1 : 0,
    },
  };
}

/** `storageStats`: everything but the namespace. Shells and monitors look for `wiredTiger` and `indexDetails`, which have nothing to say here. */
export function collectionStatistics(unit: ReadUnit, collection: CollectionEntry, scale: number): RawDocument {
  const { documents, dataBytes, storageBytes, indexBytes } = collectionSizes(unit, collection);
  const scaled = (bytes: number): number => Math.floor(bytes / scale);
  const totalIndexBytes = sum(indexBytes.values());
  return encodeDocument({
    size: scaled(dataBytes),
    ...contents(collection, documents, dataBytes),
    numOrphanDocs: 0,
    storageSize: scaled(storageBytes),
    freeStorageSize: 0,
    capped: isCapped(collection),
    ...cappedLimits(collection),
    wiredTiger: {},
    nindexes: collection.indexes.length,
    indexDetails: Object.fromEntries(collection.indexes.map(({ name }) => [name, {}])),
    indexBuilds: [],
    totalIndexSize: scaled(totalIndexBytes),
    totalSize: scaled(storageBytes + totalIndexBytes),
    indexSizes: Object.fromEntries([...indexBytes].map(([name, bytes]) => [name, scaled(bytes)])),
    scaleFactor: scale,
  });
}
