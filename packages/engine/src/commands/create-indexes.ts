// `createIndexes`. Source: the manual's page "createIndexes".
import { DocumentWriter } from '../bson/writer.js';
import { withoutUnknownOptions } from '../execution/catalog/index-options.js';
import { parseIndexSpecification } from '../execution/catalog/index-specification.js';
import { defaultCollationDocument } from '../execution/default-collation.js';
import { buildIndexes } from '../execution/catalog/build-indexes.js';
import { checkWritable } from '../execution/writes/write-target.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';

export const createIndexes = defineCommand({
  name: 'createIndexes',
  help: 'Adds indexes to a collection.',
  fields: {
    createIndexes: { kind: 'string', required: true },
    indexes: { kind: 'documents', required: true },
    // There is one member, whose vote is the quorum.
    commitQuorum: { kind: 'any', ignored: true },
    ignoreUnknownIndexOptions: 'boolean',
  },
  access: { kind: 'privileges', required: ({ createIndexes: collection }, database) => [{ resource: { database, collection }, actions: ['createIndex'] }] },
  inTransactions: true,
  stableApi: true,
  async run({ createIndexes: name, indexes, ignoreUnknownIndexOptions }, context) {
    const { database } = context;
    checkWritable(database, name);
    if (indexes.length === 0) throw new CommandError('BadValue', 'Must specify at least one index to create');
    const existing = context.read((unit) => unit.collection(database, name));
    const collation = existing === undefined ? undefined : defaultCollationDocument(existing);
    const definitions = indexes.map((index) => parseIndexSpecification(ignoreUnknownIndexOptions === true ? withoutUnknownOptions(index) : index, collation));
    const { before, after, createdCollection } = await buildIndexes(context, name, definitions);
    const writer = new DocumentWriter().int32('numIndexesBefore', before).int32('numIndexesAfter', after).boolean('createdCollectionAutomatically', createdCollection);
    if (before === after) writer.string('note', 'all indexes already exist');
    else writer.string('commitQuorum', 'votingMembers');
    return writer.finish();
  },
});
