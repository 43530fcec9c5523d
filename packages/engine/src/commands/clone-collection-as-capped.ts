// `cloneCollectionAsCapped`. Source: the manual's page "cloneCollectionAsCapped".
import { emptyDocument } from '../bson/writer.js';
import { checkCappedSize, copyCapped } from '../execution/writes/capped-copy.js';
import { checkWritable } from '../execution/writes/write-target.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';

export const cloneCollectionAsCapped = defineCommand({
  name: 'cloneCollectionAsCapped',
  help: 'Copies the newest documents of a collection into a new capped one.',
  fields: {
    cloneCollectionAsCapped: { kind: 'string', required: true },
    toCollection: { kind: 'string', required: true },
    size: { kind: 'number', required: true },
    temp: { kind: 'any', ignored: true },
  },
  access: {
    kind: 'privileges',
    required: ({ cloneCollectionAsCapped: from, toCollection }, database) => [
      { resource: { database, collection: from }, actions: ['find'] },
      { resource: { database, collection: toCollection }, actions: ['insert', 'createIndex', 'convertToCapped'] },
    ],
  },
  async run({ cloneCollectionAsCapped: from, toCollection: to, size }, context) {
    const { database } = context;
    checkWritable(database, to);
    checkCappedSize(size);
    await context.write((unit) => {
      if (unit.collection(database, to) !== undefined) {
        throw new CommandError('NamespaceExists', `cloneCollectionAsCapped failed - destination collection ${database}.${to} already exists. source collection: ${database}.${from}`);
      }
      copyCapped(unit, { database, from, to, size_bytes: size });
    });
    return emptyDocument;
  },
});
