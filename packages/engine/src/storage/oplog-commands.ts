// How the oplog tells changes of the catalog, in MongoDB's form. Views are documents of `system.views`, as they are there.
import type { RawDocument } from '../bson/raw-value.js';
import { DocumentWriter } from '../bson/writer.js';
import type { OplogChange } from './key-value.js';
import { namespaceOf } from './namespace.js';
import { isPreparedUnique } from './uniqueness.js';
import type { CollectionEntry, IndexEntry } from './units.js';

function command(collection: Pick<CollectionEntry, 'database' | 'uuid'>, o: RawDocument, o2?: RawDocument): OplogChange {
  return { op: 'c', namespace: `${collection.database}.$cmd`, uuid: collection.uuid, o, o2 };
}

/** An index as catalogs and the oplog write it. */
function indexFields(writer: DocumentWriter, index: IndexEntry): DocumentWriter {
  writer.int32('v', 2).document('key', index.key).string('name', index.name);
  if (index.unique && index.name !== '_id_') writer.boolean('unique', true);
  if (index.sparse) writer.boolean('sparse', true);
  if (index.hidden) writer.boolean('hidden', true);
  if (index.partialFilterExpression !== undefined) writer.document('partialFilterExpression', index.partialFilterExpression);
  if (index.expireAfterSeconds !== undefined) writer.int32('expireAfterSeconds', index.expireAfterSeconds);
  return writer.appendElements(index.options, 4, index.options.length - 1);
}

function viewChange(op: 'i' | 'u' | 'd', { database, name, options }: CollectionEntry): OplogChange {
  const id = (): DocumentWriter => new DocumentWriter().string('_id', namespaceOf(database, name));
  const document = op === 'd' ? id().finish() : id().appendElements(options, 4, options.length - 1).finish();
  return { op, namespace: namespaceOf(database, 'system.views'), uuid: undefined, o: document, o2: op === 'u' ? id().finish() : undefined };
}

export function createdChange(entry: CollectionEntry): OplogChange {
  if (entry.kind === 'view') return viewChange('i', entry);
  const writer = new DocumentWriter().string('create', entry.name).appendElements(entry.options, 4, entry.options.length - 1);
  const idIndex = entry.indexes.find(({ name }) => name === '_id_');
  if (idIndex !== undefined) indexFields(writer.openDocument('idIndex'), idIndex).close();
  return command(entry, writer.finish());
}

export function droppedChange(entry: CollectionEntry): OplogChange {
  if (entry.kind === 'view') return viewChange('d', entry);
  return command(entry, new DocumentWriter().string('drop', entry.name).finish());
}

export function databaseDroppedChange(database: string): OplogChange {
  return { op: 'c', namespace: `${database}.$cmd`, uuid: undefined, o: new DocumentWriter().int32('dropDatabase', 1).finish(), o2: undefined };
}

export function renamedChange(from: CollectionEntry, to: CollectionEntry, replaced: CollectionEntry | undefined): OplogChange {
  const writer = new DocumentWriter().string('renameCollection', namespaceOf(from.database, from.name)).string('to', namespaceOf(to.database, to.name));
  writer.boolean('stayTemp', false);
  if (replaced !== undefined) writer.binary('dropTarget', replaced.uuid, 4);
  return command(from, writer.finish());
}

export function optionsChange(before: CollectionEntry, after: CollectionEntry): OplogChange {
  if (after.kind === 'view') return viewChange('u', after);
  const o = new DocumentWriter().string('collMod', after.name).appendElements(after.options, 4, after.options.length - 1).finish();
  return command(after, o, stateBefore(before).finish());
}

export function indexChangedChange(collection: CollectionEntry, before: IndexEntry, after: IndexEntry): OplogChange {
  const o = new DocumentWriter().string('collMod', collection.name).openDocument('index').string('name', after.name);
  const o2 = stateBefore(collection).openDocument('indexOptions_old');
  if (before.expireAfterSeconds !== after.expireAfterSeconds) {
    if (after.expireAfterSeconds !== undefined) o.int32('expireAfterSeconds', after.expireAfterSeconds);
    if (before.expireAfterSeconds !== undefined) o2.int32('expireAfterSeconds', before.expireAfterSeconds);
  }
  if (before.hidden !== after.hidden) {
    o.boolean('hidden', after.hidden);
    o2.boolean('hidden', before.hidden);
  }
  if (isPreparedUnique(before) !== isPreparedUnique(after) && !after.unique) {
    o.boolean('prepareUnique', isPreparedUnique(after));
    o2.boolean('prepareUnique', isPreparedUnique(before));
  }
  if (before.unique !== after.unique) o.boolean('unique', after.unique);
  return command(collection, o.close().finish(), o2.close().finish());
}

function stateBefore({ uuid, options }: CollectionEntry): DocumentWriter {
  return new DocumentWriter().openDocument('collectionOptions_old').binary('uuid', uuid, 4).appendElements(options, 4, options.length - 1).close();
}

export function indexCreatedChange(entry: CollectionEntry, index: IndexEntry): OplogChange {
  return command(entry, indexFields(new DocumentWriter().string('createIndexes', entry.name), index).finish());
}

export function indexDroppedChange(entry: CollectionEntry, index: IndexEntry): OplogChange {
  const o = new DocumentWriter().string('dropIndexes', entry.name).string('index', index.name).finish();
  return command(entry, o, indexFields(new DocumentWriter(), index).finish());
}
