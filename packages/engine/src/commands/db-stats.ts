// `dbStats`. Source: the manual's page "dbStats". Quotas are checked against `dataSize`, `storageSize` and `indexSize`.
import { statfsSync } from 'node:fs';
import { encodeDocument } from '../bson/values.js';
import { collectionSizes, sum } from '../execution/catalog/statistics.js';
import { defineCommand } from '../dispatch/command.js';

/** Of the disk that the data folder is on. */
function diskSizes(directory: string, scale: number): { readonly fsUsedSize: number; readonly fsTotalSize: number } {
  const { blocks, bfree, bsize } = statfsSync(directory);
  return { fsUsedSize: ((blocks - bfree) * bsize) / scale, fsTotalSize: (blocks * bsize) / scale };
}

export const dbStats = defineCommand({
  name: 'dbStats',
  aliases: ['dbstats'],
  help: 'Shows the sizes of the database.',
  fields: { dbStats: { kind: 'any', required: true }, scale: 'number', freeStorage: { kind: 'any', ignored: true } },
  access: { kind: 'privileges', required: (_fields, database) => [{ resource: { database, collection: '' }, actions: ['dbStats'] }] },
  run({ scale = 1 }, context) {
    const { collections, views, sizes } = context.read((unit) => {
      const entries = unit.collections(context.database);
      const stored = entries.filter(({ kind }) => kind !== 'view');
      return { collections: stored, views: entries.length - stored.length, sizes: stored.map((entry) => collectionSizes(unit, entry)) };
    });
    const documents = sum(sizes.map((size) => size.documents));
    const dataBytes = sum(sizes.map((size) => size.dataBytes));
    const storageBytes = sum(sizes.map((size) => size.storageBytes));
    const indexBytes = sum(sizes.map((size) => sum(size.indexBytes.values())));
    return encodeDocument({
      db: context.database,
      collections: collections.length,
      views,
      objects: documents,
      avgObjSize: documents === 0 ? 0 : dataBytes / documents,
      dataSize: dataBytes / scale,
      storageSize: storageBytes / scale,
      indexes: sum(collections.map(({ indexes }) => indexes.length)),
      indexSize: indexBytes / scale,
      totalSize: (storageBytes + indexBytes) / scale,
      scaleFactor: scale,
      ...diskSizes(context.services.server.dataDirectory, scale),
    });
  },
});
