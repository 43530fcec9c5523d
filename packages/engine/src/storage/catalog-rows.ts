// How databases and collections lie in the catalog table.
// `d` + lower-case name -> the database's name as it was first written; `c` + database + NUL + collection -> the entry;
// `t` + database + NUL + collection -> nothing: the collection has an index by which documents expire; `b` likewise: it has indexes
// whose build has not ended.
import { elements } from '../bson/reader.js';
import { documentValue, type RawDocument, type RawValue } from '../bson/raw-value.js';
import { DocumentWriter, emptyDocument } from '../bson/writer.js';
import type { CollectionEntry, IndexEntry } from './units.js';

/** Two numbers before the entry's BSON: `version` is new with every change, `shape` with every change but the multikey flags. */
export interface CatalogRow {
  readonly version: number;
  readonly shape: number;
  readonly entry: CollectionEntry;
}

const headerBytes = 16;

export function databaseRowKey(database: string): Buffer {
  return Buffer.from(`d${database.toLowerCase()}`, 'utf8');
}

export const firstDatabaseRowKey = Buffer.from('d');
export const endOfDatabaseRows = Buffer.from('e');

export function collectionRowKey(database: string, collection: string): Buffer {
  return Buffer.from(`c${database}\0${collection}`, 'utf8');
}

/** Marks a collection whose documents expire: whoever removes them need not read the whole catalog. */
export function expiryRowKey(database: string, collection: string): Buffer {
  return Buffer.from(`t${database}\0${collection}`, 'utf8');
}

export const firstExpiryRowKey = Buffer.from('t');
export const endOfExpiryRows = Buffer.from('u');

/** Marks a collection that has indexes in build: a start looks for what a crash has left of them. */
export function buildRowKey(database: string, collection: string): Buffer {
  return Buffer.from(`b${database}\0${collection}`, 'utf8');
}

export const firstBuildRowKey = Buffer.from('b');
export const endOfBuildRows = Buffer.from('c');

/** Database and collection of a row that marks one. */
export function namesOfMarkRow(key: Buffer): readonly [database: string, collection: string] {
  const end = key.indexOf(0);
  return [key.toString('utf8', 1, end), key.toString('utf8', end + 1)];
}

/** Keys of a database's collections: from here to `endOfCollectionRows`. */
export function firstCollectionRowKey(database: string): Buffer {
  return Buffer.from(`c${database}\0`, 'utf8');
}

export function endOfCollectionRows(database: string): Buffer {
  return Buffer.from(`c${database}\x01`, 'utf8');
}

export function rowVersion(row: Buffer): number {
  return row.readDoubleBE(0);
}

export function rowShape(row: Buffer): number {
  return row.readDoubleBE(8);
}

export function encodeCatalogRow({ version, shape, entry }: CatalogRow): Buffer {
  const body = encodeEntry(entry);
  const row = Buffer.allocUnsafe(headerBytes + body.length);
  row.writeDoubleBE(version, 0);
  row.writeDoubleBE(shape, 8);
  body.copy(row, headerBytes);
  return row;
}

export function decodeCatalogRow(row: Buffer): CatalogRow {
  return { version: rowVersion(row), shape: rowShape(row), entry: decodeEntry(row.subarray(headerBytes)) };
}

function encodeEntry(entry: CollectionEntry): RawDocument {
  const writer = new DocumentWriter()
    .double('id', entry.id)
    .string('database', entry.database)
    .string('name', entry.name)
    .binary('uuid', entry.uuid, 4)
    .string('kind', entry.kind)
    .document('options', entry.options)
    .openArray('indexes');
  entry.indexes.forEach((index, position) => writer.document(String(position), encodeIndex(index)));
  writer.close();
  if (entry.building !== undefined && entry.building.length > 0) {
    writer.openArray('building');
    entry.building.forEach((index, position) => writer.document(String(position), encodeIndex(index)));
    writer.close();
  }
  return writer.finish();
}

function encodeIndex(index: IndexEntry): RawDocument {
  const writer = new DocumentWriter()
    .double('id', index.id)
    .string('name', index.name)
    .document('key', index.key)
    .boolean('unique', index.unique)
    .boolean('sparse', index.sparse)
    .boolean('hidden', index.hidden)
    .boolean('multikey', index.multikey)
    .document('options', index.options);
  if (index.partialFilterExpression !== undefined) writer.document('partialFilterExpression', index.partialFilterExpression);
  if (index.expireAfterSeconds !== undefined) writer.double('expireAfterSeconds', index.expireAfterSeconds);
  if (index.becameUnique === true) writer.boolean('becameUnique', true);
  return writer.finish();
}

/** The fields of a row that this engine wrote itself; a missing one means a damaged file. */
class Fields {
  private readonly values: ReadonlyMap<string, RawValue>;

  constructor(parent: RawValue) {
    this.values = new Map(elements(parent));
  }

  find(name: string): RawValue | undefined {
    return this.values.get(name);
  }

  get(name: string): RawValue {
    const value = this.values.get(name);
    if (value === undefined) throw new Error(`the catalog is damaged: a row lacks the field ${name}`);
    return value;
  }
}

function decodeEntry(document: RawDocument): CollectionEntry {
  const fields = new Fields(documentValue(document));
  const building = fields.find('building');
  return {
    id: fields.get('id').double(),
    database: fields.get('database').string(),
    name: fields.get('name').string(),
    uuid: fields.get('uuid').binary().data,
    kind: fields.get('kind').string() as CollectionEntry['kind'],
    options: fields.get('options').document(),
    indexes: [...elements(fields.get('indexes'))].map(([, index]) => decodeIndex(index)),
    ...(building === undefined ? {} : { building: [...elements(building)].map(([, index]) => decodeIndex(index)) }),
  };
}

function decodeIndex(value: RawValue): IndexEntry {
  const fields = new Fields(value);
  const partialFilterExpression = fields.find('partialFilterExpression')?.document();
  const expireAfterSeconds = fields.find('expireAfterSeconds')?.double();
  const becameUnique = fields.find('becameUnique')?.boolean();
  return {
    id: fields.get('id').double(),
    name: fields.get('name').string(),
    key: fields.get('key').document(),
    unique: fields.get('unique').boolean(),
    sparse: fields.get('sparse').boolean(),
    hidden: fields.get('hidden').boolean(),
    multikey: fields.get('multikey').boolean(),
    options: fields.get('options').document(),
    ...(partialFilterExpression === undefined ? {} : { partialFilterExpression }),
    ...(expireAfterSeconds === undefined ? {} : { expireAfterSeconds }),
    ...(becameUnique === undefined ? {} : { becameUnique }),
  };
}

/** The index that every collection has. */
export function idIndex(id: number): IndexEntry {
  const key = new DocumentWriter().int32('_id', 1).finish();
  return { id, name: '_id_', key, unique: true, sparse: false, hidden: false, multikey: false, options: emptyDocument };
}
