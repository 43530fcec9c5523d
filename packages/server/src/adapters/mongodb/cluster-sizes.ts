// What a cluster says of a database's size and use: `dbStats` and `$collStats` of MongoDB's manual.
import type { Db } from 'mongodb';
import { z } from 'zod';
import type { CollectionSize, DatabaseSize } from '../../ports/cluster.js';
import { hasCode, mongoCodes } from './failures.js';

const dbStatsSchema = z.object({ dataSize: z.number(), storageSize: z.number(), indexSize: z.number(), objects: z.number(), collections: z.number() });
// Of a time series, the count of documents is not told.
const storageStatsSchema = z.object({ size: z.number(), count: z.number().default(0), storageSize: z.number(), totalIndexSize: z.number(), nindexes: z.number() });

/** How many collections of a database are asked about at once. */
const collectionsAtOnce = 8;

export async function databaseSize(db: Db): Promise<DatabaseSize> {
  const { dataSize, storageSize, indexSize, objects, collections } = dbStatsSchema.parse(await db.command({ dbStats: 1 }));
  return { bytes: storageSize + indexSize, documents: objects, collections, dataBytes: dataSize, storageBytes: storageSize, indexBytes: indexSize };
}

/** Undefined: it was dropped meanwhile. On a sharded cluster each shard that holds a part answers for itself. */
export async function collectionSize(db: Db, name: string): Promise<CollectionSize | undefined> {
  try {
    const answers = await db.collection(name).aggregate([{ $collStats: { storageStats: {} } }, { $replaceWith: '$storageStats' }]).toArray();
    const parts = answers.map((answer) => storageStatsSchema.parse(answer));
    const sum = (field: 'size' | 'count' | 'storageSize' | 'totalIndexSize'): number => parts.reduce((total, part) => total + part[field], 0);
    return {
      name, documents: sum('count'), dataBytes: sum('size'), storageBytes: sum('storageSize'), indexBytes: sum('totalIndexSize'),
      indexes: Math.max(0, ...parts.map(({ nindexes }) => nindexes)),
    };
  } catch (error) {
    if (hasCode(error, mongoCodes.namespaceNotFound)) return undefined;
    throw error;
  }
}

export async function collectionSizes(db: Db, limit: number): Promise<readonly CollectionSize[]> {
  const listed = await db.listCollections({ type: { $ne: 'view' } }, { nameOnly: true }).toArray();
  const names = listed.map(({ name }) => name).filter((name) => !name.startsWith('system.')).sort().slice(0, limit);
  const found: (CollectionSize | undefined)[] = [];
  const waiting = names.entries();
  const worker = async (): Promise<void> => {
    for (const [index, name] of waiting) found[index] = await collectionSize(db, name);
  };
  await Promise.all(Array.from({ length: collectionsAtOnce }, worker));
  return found.filter((size) => size !== undefined);
}
