// `listDatabases`. Source: the manual's page "listDatabases".
import { documentValue, type RawDocument } from '../bson/raw-value.js';
import { DocumentWriter } from '../bson/writer.js';
import { collectionSizes, sum } from '../execution/catalog/statistics.js';
import { environmentOf } from '../execution/environment.js';
import { defineCommand } from '../dispatch/command.js';
import type { CommandContext } from '../dispatch/context.js';
import { compileFilter } from '../query/match/compile-filter.js';
import { oplogDatabase } from '../storage/oplog-collection.js';
import type { ReadUnit } from '../storage/units.js';

interface DatabaseSize {
  readonly name: string;
  readonly document: RawDocument;
  readonly bytes: number;
}

function describeDatabase(unit: ReadUnit, name: string): DatabaseSize {
  const collections = unit.collections(name);
  const bytes = sum(collections.filter(({ kind }) => kind !== 'view').map((collection) => {
    const { storageBytes, indexBytes } = collectionSizes(unit, collection);
    return storageBytes + sum(indexBytes.values());
  }));
  const document = new DocumentWriter().string('name', name).int64('sizeOnDisk', BigInt(bytes)).boolean('empty', collections.length === 0).finish();
  return { name, document, bytes };
}

/** `local` is there with its oplog, whether anything is stored in it or not. */
function allNames(unit: ReadUnit): readonly string[] {
  const stored = unit.databaseNames();
  return stored.includes(oplogDatabase) ? stored : [...stored, oplogDatabase].sort((a, b) => (a < b ? -1 : 1));
}

/** All databases with the right to list them, else those that the caller holds any privilege on. */
function visibleNames(context: CommandContext, names: readonly string[], authorizedDatabases: boolean | undefined): readonly string[] {
  const { access } = context.services;
  if (access.isOpen) return names;
  const mayListAll = access.isAuthorized(context.connection, { resource: { cluster: true }, actions: ['listDatabases'] });
  if (authorizedDatabases === false && !mayListAll) {
    access.authorize(context, [{ resource: { cluster: true }, actions: ['listDatabases'] }]);
  }
  if (mayListAll && authorizedDatabases !== true) return names;
  return names.filter((name) => access.mayUseDatabase(context.connection, name));
}

export const listDatabases = defineCommand({
  name: 'listDatabases',
  help: 'Lists the databases that the caller may see.',
  fields: { listDatabases: { kind: 'any', required: true }, filter: 'object', nameOnly: 'boolean', authorizedDatabases: 'boolean' },
  access: { kind: 'authenticated' },
  adminOnly: true,
  stableApi: true,
  run({ filter, nameOnly, authorizedDatabases }, context) {
    const matcher = filter === undefined ? undefined : compileFilter(filter, environmentOf(context));
    const databases = context.read((unit) => visibleNames(context, allNames(unit), authorizedDatabases).map((name) => describeDatabase(unit, name)));
    const shown = databases.filter(({ document }) => matcher === undefined || matcher.matches(documentValue(document)));
    const writer = new DocumentWriter().openArray('databases');
    shown.forEach(({ name, document }, position) => writer.document(String(position), nameOnly === true ? new DocumentWriter().string('name', name).finish() : document));
    writer.close();
    if (nameOnly !== true) {
      const total = sum(shown.map(({ bytes }) => bytes));
      writer.int64('totalSize', BigInt(total)).int64('totalSizeMb', BigInt(Math.floor(total / 1_048_576)));
    }
    return writer.finish();
  },
});
