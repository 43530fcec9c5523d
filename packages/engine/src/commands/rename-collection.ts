// `renameCollection`. Source: the manual's page "renameCollection".
import type { Privilege } from '../auth/privileges.js';
import { emptyDocument } from '../bson/writer.js';
import { checkWritable } from '../execution/writes/write-target.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';
import { namespaceParts } from '../storage/namespace.js';
import type { CollectionEntry, WriteUnit } from '../storage/units.js';

interface Namespace {
  readonly database: string;
  readonly collection: string;
}

function requiredPrivileges(source: Namespace, target: Namespace, dropTarget: boolean): Privilege[] {
  if (source.database === target.database) {
    return [
      { resource: source, actions: ['renameCollectionSameDB'] },
      { resource: target, actions: dropTarget ? ['renameCollectionSameDB', 'dropCollection'] : ['renameCollectionSameDB'] },
    ];
  }
  return [
    { resource: source, actions: ['find', 'dropCollection'] },
    { resource: target, actions: ['insert', 'createIndex', 'createCollection', ...(dropTarget ? ['dropCollection'] : [])] },
  ];
}

function sourceCollection(unit: WriteUnit, { database, collection }: Namespace): CollectionEntry {
  const entry = unit.collection(database, collection);
  if (entry === undefined) throw new CommandError('NamespaceNotFound', `Source collection ${database}.${collection} does not exist`);
  if (entry.kind === 'view') throw new CommandError('CommandNotSupportedOnView', `cannot rename view: ${database}.${collection}`);
  return entry;
}

export const renameCollection = defineCommand({
  name: 'renameCollection',
  help: 'Gives a collection another name, in this database or another one.',
  fields: {
    renameCollection: { kind: 'string', required: true },
    to: { kind: 'string', required: true },
    dropTarget: 'boolean',
    stayTemp: { kind: 'boolean', ignored: true },
  },
  access: {
    kind: 'privileges',
    required: ({ renameCollection: source, to, dropTarget }) => requiredPrivileges(namespaceParts(source), namespaceParts(to), dropTarget === true),
  },
  adminOnly: true,
  async run({ renameCollection: from, to, dropTarget }, context) {
    const source = namespaceParts(from);
    const target = namespaceParts(to);
    checkWritable(source.database, source.collection);
    checkWritable(target.database, target.collection);
    if (from === to) throw new CommandError('IllegalOperation', 'Can\'t rename a collection to itself');
    await context.write((unit) => {
      const collection = sourceCollection(unit, source);
      const existing = unit.collection(target.database, target.collection);
      if (existing !== undefined && dropTarget !== true) throw new CommandError('NamespaceExists', 'target namespace exists');
      unit.renameCollection(collection, target.database, target.collection, existing);
    });
    return emptyDocument;
  },
});
