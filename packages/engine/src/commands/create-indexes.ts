// `createIndexes`. Source: the manual's page "createIndexes".
import { DocumentWriter } from '../bson/writer.js';
import { parseIndexSpecification, type IndexDefinition } from '../execution/catalog/index-specification.js';
import { isExistingIndex } from '../execution/catalog/index-conflicts.js';
import { checkWritable, ensureCollection, writeTarget } from '../execution/writes/write-target.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';
import type { CollectionEntry, WriteUnit } from '../storage/units.js';

const maxIndexes = 64;

interface Result {
  readonly before: number;
  readonly after: number;
  readonly createdCollection: boolean;
}

function addIndexes(unit: WriteUnit, collection: CollectionEntry, definitions: readonly IndexDefinition[]): CollectionEntry {
  let entry = collection;
  for (const definition of definitions) {
    if (isExistingIndex(definition, entry.indexes)) continue;
    if (entry.indexes.length >= maxIndexes) {
      throw new CommandError('CannotCreateIndex', `add index fails, too many indexes for ${entry.database}.${entry.name} key:${definition.name}`);
    }
    entry = unit.createIndex(entry, definition);
  }
  return entry;
}

export const createIndexes = defineCommand({
  name: 'createIndexes',
  help: 'Adds indexes to a collection.',
  fields: {
    createIndexes: { kind: 'string', required: true },
    indexes: { kind: 'documents', required: true },
    // There is one member, whose vote is the quorum.
    commitQuorum: { kind: 'any', ignored: true },
    ignoreUnknownIndexOptions: { kind: 'boolean', ignored: true },
  },
  access: { kind: 'privileges', required: ({ createIndexes: collection }, database) => [{ resource: { database, collection }, actions: ['createIndex'] }] },
  inTransactions: true,
  stableApi: true,
  async run({ createIndexes: name, indexes }, context) {
    const { database } = context;
    checkWritable(database, name);
    if (indexes.length === 0) throw new CommandError('BadValue', 'Must specify at least one index to create');
    const definitions = indexes.map(parseIndexSpecification);
    const { before, after, createdCollection } = await context.write((unit): Result => {
      const existing = writeTarget(unit, database, name);
      if (context.inTransaction && existing !== undefined && unit.counts(existing).documents > 0 && definitions.some((definition) => !isExistingIndex(definition, existing.indexes))) {
        throw new CommandError('OperationNotSupportedInTransaction', `Cannot create new indexes on existing collection ${database}.${name} in a multi-document transaction.`);
      }
      const collection = ensureCollection(unit, database, name);
      const entry = addIndexes(unit, collection, definitions);
      return { before: collection.indexes.length, after: entry.indexes.length, createdCollection: existing === undefined };
    });
    const writer = new DocumentWriter().int32('numIndexesBefore', before).int32('numIndexesAfter', after).boolean('createdCollectionAutomatically', createdCollection);
    if (before === after) writer.string('note', 'all indexes already exist');
    else writer.string('commitQuorum', 'votingMembers');
    return writer.finish();
  },
});
