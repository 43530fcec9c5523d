// `listCollections`. Source: the manual's page "listCollections".
import { documentValue, type RawDocument } from '../bson/raw-value.js';
import { getDocumentField } from '../bson/reader.js';
import { DocumentWriter } from '../bson/writer.js';
import { printClusteredIndex } from '../execution/catalog/clustered-index.js';
import { printIndex } from '../execution/catalog/index-printing.js';
import { openCursor } from '../execution/cursor-reply.js';
import { ListSource } from '../execution/document-source.js';
import { environmentOf } from '../execution/environment.js';
import { defineCommand } from '../dispatch/command.js';
import type { CommandContext } from '../dispatch/context.js';
import { compileFilter } from '../query/match/compile-filter.js';
import type { CollectionEntry } from '../storage/units.js';

function printCollection(entry: CollectionEntry, isNameOnly: boolean): RawDocument {
  const writer = new DocumentWriter().string('name', entry.name).string('type', entry.kind);
  if (isNameOnly) return writer.finish();
  writer.document('options', entry.options).openDocument('info').boolean('readOnly', entry.kind === 'view');
  if (entry.kind !== 'view') writer.binary('uuid', entry.uuid, 4);
  writer.close();
  if (printClusteredIndex(entry) !== undefined) return writer.finish();
  const idIndex = entry.indexes.find(({ name }) => name === '_id_');
  if (idIndex !== undefined) writer.document('idIndex', printIndex(idIndex));
  return writer.finish();
}

/**
 * Those that the caller may know of: all with the right to list them; with `nameOnly` and `authorizedCollections`, those that
 * the caller holds any privilege on.
 */
function visible(context: CommandContext, entries: readonly CollectionEntry[], mayAsk: boolean): readonly CollectionEntry[] {
  const { access } = context.services;
  const listing = { resource: { database: context.database, collection: '' }, actions: ['listCollections'] };
  const mayListAll = access.isOpen || access.isAuthorized(context.connection, listing);
  if (!mayAsk) {
    if (!mayListAll) access.authorize(context, [listing]);
    return entries;
  }
  const authorized = access.isOpen ? 'all' : access.authorizedCollections(context.connection, context.database);
  return authorized === 'all' ? entries : entries.filter(({ name }) => authorized.has(name));
}

export const listCollections = defineCommand({
  name: 'listCollections',
  help: 'Lists the collections and views of the database.',
  fields: {
    listCollections: { kind: 'any', required: true },
    filter: 'object',
    nameOnly: 'boolean',
    authorizedCollections: 'boolean',
    cursor: 'object',
  },
  // What may be shown depends on the options: see `visible`.
  access: { kind: 'authenticated' },
  stableApi: true,
  async run({ filter, nameOnly, authorizedCollections, cursor }, context) {
    const isNameOnly = nameOnly === true;
    const matcher = filter === undefined ? undefined : compileFilter(filter, environmentOf(context));
    const entries = visible(context, context.read((unit) => unit.collections(context.database)), isNameOnly && authorizedCollections === true);
    const documents = entries
      .map((entry) => ({ entry, whole: printCollection(entry, false) }))
      .filter(({ whole }) => matcher === undefined || matcher.matches(documentValue(whole)))
      .map(({ entry, whole }) => (isNameOnly ? printCollection(entry, true) : whole));
    const batchSize = cursor === undefined ? undefined : getDocumentField(cursor, 'batchSize')?.number();
    return openCursor(context, { namespace: `${context.database}.$cmd.listCollections`, source: new ListSource(documents), batchSize });
  },
});
