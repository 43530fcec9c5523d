// `collStats`. Source: the manual's page "collStats".
import { DocumentWriter } from '../bson/writer.js';
import { encodeDocument } from '../bson/values.js';
import { collectionStatistics } from '../execution/catalog/statistics.js';
import { writeTarget } from '../execution/writes/write-target.js';
import { defineCommand } from '../dispatch/command.js';

export const collStats = defineCommand({
  name: 'collStats',
  aliases: ['collstats'],
  help: 'Shows the sizes of a collection and its indexes.',
  fields: { collStats: { kind: 'string', required: true }, scale: 'number' },
  access: { kind: 'privileges', required: ({ collStats: collection }, database) => [{ resource: { database, collection }, actions: ['collStats'] }] },
  run({ collStats: name, scale = 1 }, context) {
    const namespace = `${context.database}.${name}`;
    return context.read((unit) => {
      const collection = writeTarget(unit, context.database, name);
      const writer = new DocumentWriter().string('ns', namespace);
      const statistics = collection === undefined
        ? encodeDocument({ size: 0, count: 0, numOrphanDocs: 0, storageSize: 0, totalSize: 0, nindexes: 0, totalIndexSize: 0, indexDetails: {}, indexSizes: {}, scaleFactor: scale })
        : collectionStatistics(unit, collection, scale);
      return writer.appendElements(statistics, 4, statistics.length - 1).finish();
    });
  },
});
