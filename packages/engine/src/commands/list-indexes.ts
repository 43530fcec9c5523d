// `listIndexes`. Source: the manual's page "listIndexes".
import { getDocumentField } from '../bson/reader.js';
import { printClusteredIndex } from '../execution/catalog/clustered-index.js';
import { printIndex } from '../execution/catalog/index-printing.js';
import { isExpiryIndex } from '../execution/catalog/time-series.js';
import { openCursor } from '../execution/cursor-reply.js';
import { ListSource } from '../execution/document-source.js';
import { writeTarget } from '../execution/writes/write-target.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';

export const listIndexes = defineCommand({
  name: 'listIndexes',
  help: 'Lists the indexes of a collection.',
  fields: { listIndexes: { kind: 'string', required: true }, cursor: 'object', includeBuildUUIDs: { kind: 'boolean', ignored: true }, includeIndexBuildInfo: { kind: 'boolean', ignored: true } },
  access: { kind: 'privileges', required: ({ listIndexes: collection }, database) => [{ resource: { database, collection }, actions: ['listIndexes'] }] },
  stableApi: true,
  async run({ listIndexes: name, cursor }, context) {
    const { database } = context;
    const collection = context.read((unit) => writeTarget(unit, database, name));
    if (collection === undefined) throw new CommandError('NamespaceNotFound', `ns does not exist: ${database}.${name}`);
    const batchSize = cursor === undefined ? undefined : getDocumentField(cursor, 'batchSize')?.number();
    return openCursor(context, { namespace: `${database}.${name}`, source: new ListSource(collection.indexes.filter((index) => !isExpiryIndex(collection, index)).map((index) => (index.name === '_id_' ? printClusteredIndex(collection) : undefined) ?? printIndex(index))), batchSize });
  },
});
