// Changes of the catalog: collections and indexes come, change and go.
import { randomUUID } from 'node:crypto';
import type { RawDocument } from '../bson/raw-value.js';
import { CommandError } from '../errors.js';
import type { Catalog } from './catalog.js';
import {
  buildRowKey, collectionRowKey, databaseRowKey, decodeCatalogRow, encodeCatalogRow, expiryRowKey, idIndex, rowShape,
} from './catalog-rows.js';
import { garbageKey } from './garbage.js';
import type { Identifiers } from './identifiers.js';
import type { KeyValueWriter } from './key-value.js';
import { checkNamespace, namespaceOf } from './namespace.js';
import type { CollectionEntry, IndexEntry } from './units.js';

const noValue = Buffer.alloc(0);

export interface NewCollection {
  readonly database: string;
  readonly name: string;
  readonly options: RawDocument;
  readonly kind: CollectionEntry['kind'];
}

export class CatalogWriter {
  constructor(
    private readonly writer: KeyValueWriter,
    private readonly catalog: Catalog,
    private readonly identifiers: Identifiers,
  ) {}

  create({ database, name, options, kind }: NewCollection): CollectionEntry {
    checkNamespace(database, name);
    const key = collectionRowKey(database, name);
    this.writer.claim('catalog', key);
    if (this.writer.get('catalog', key) !== undefined) {
      throw new CommandError('NamespaceExists', `Collection ${namespaceOf(database, name)} already exists.`);
    }
    this.ensureDatabase(database);
    const id = this.identifiers.nextObjectId();
    const uuid = Buffer.from(randomUUID().replaceAll('-', ''), 'hex');
    // Measurements of a time series may share an _id.
    const indexes = kind !== 'collection' ? [] : [idIndex(this.identifiers.nextObjectId())];
    const entry: CollectionEntry = { id, database, name, uuid, kind, options, indexes };
    this.write(entry, undefined);
    return entry;
  }

  drop(collection: CollectionEntry): void {
    const { database, name } = collection;
    const building = this.catalog.find(this.writer, database, name)?.building ?? [];
    this.removeRow(database, name);
    this.discard('records', collection.id);
    for (const index of [...collection.indexes, ...building]) this.discard('indexes', index.id);
    this.forgetEmptyDatabase(database);
  }

  rename(collection: CollectionEntry, database: string, name: string): CollectionEntry {
    checkNamespace(database, name);
    const key = collectionRowKey(database, name);
    this.writer.claim('catalog', key);
    if (this.writer.get('catalog', key) !== undefined) throw new CommandError('NamespaceExists', 'target namespace exists');
    const { building = [], ...stored } = this.asStored(collection);
    for (const index of building) this.discard('indexes', index.id);
    const renamed: CollectionEntry = { ...stored, database, name };
    this.removeRow(collection.database, collection.name);
    this.ensureDatabase(database);
    this.write(renamed, undefined);
    this.forgetEmptyDatabase(collection.database);
    return renamed;
  }

  setOptions(collection: CollectionEntry, options: RawDocument): CollectionEntry {
    return this.change(collection, (entry) => ({ ...entry, options }));
  }

  /** Adds an index that is still empty. */
  addIndex(collection: CollectionEntry, index: Omit<IndexEntry, 'id' | 'multikey'>): { readonly entry: CollectionEntry; readonly index: IndexEntry } {
    const added: IndexEntry = { ...index, id: this.identifiers.nextObjectId(), multikey: false };
    return { entry: this.change(collection, (entry) => ({ ...entry, indexes: [...entry.indexes, added] })), index: added };
  }

  /** Adds indexes that are empty and not to be read. */
  beginBuild(collection: CollectionEntry, indexes: readonly Omit<IndexEntry, 'id' | 'multikey'>[]): { readonly entry: CollectionEntry; readonly indexIds: readonly number[] } {
    const added = indexes.map((index): IndexEntry => ({ ...index, id: this.identifiers.nextObjectId(), multikey: false }));
    const entry = this.change(collection, (stored) => ({ ...stored, building: [...(stored.building ?? []), ...added] }));
    return { entry, indexIds: added.map(({ id }) => id) };
  }

  /** The indexes are whole: from now on they are as all others. */
  finishBuild(collection: CollectionEntry, indexIds: readonly number[], multikey: ReadonlySet<number>): readonly IndexEntry[] {
    const finished: IndexEntry[] = [];
    this.change(collection, (stored) => {
      for (const index of stored.building ?? []) if (indexIds.includes(index.id)) finished.push({ ...index, multikey: multikey.has(index.id) });
      return { ...stored, indexes: [...stored.indexes, ...finished], building: without(stored, indexIds) };
    });
    return finished;
  }

  abandonBuild(collection: CollectionEntry, indexIds: readonly number[]): void {
    const stored = this.catalog.find(this.writer, collection.database, collection.name);
    const abandoned = stored?.id === collection.id ? (stored.building ?? []).filter(({ id }) => indexIds.includes(id)) : [];
    if (abandoned.length === 0) return;
    for (const index of abandoned) this.discard('indexes', index.id);
    this.change(collection, (entry) => ({ ...entry, building: without(entry, indexIds) }));
  }

  /** The entry as it is now, which no open transaction has written by or will. */
  alone(collection: CollectionEntry): CollectionEntry {
    this.writer.claim('catalog', collectionRowKey(collection.database, collection.name));
    return this.asStored(collection);
  }

  dropIndex(collection: CollectionEntry, name: string): CollectionEntry {
    const index = collection.indexes.find((candidate) => candidate.name === name);
    if (index === undefined) throw new CommandError('IndexNotFound', `index not found with name [${name}]`);
    this.discard('indexes', index.id);
    return this.change(collection, (entry) => ({ ...entry, indexes: entry.indexes.filter(({ id }) => id !== index.id) }));
  }

  setIndex(collection: CollectionEntry, index: IndexEntry): CollectionEntry {
    return this.change(collection, (entry) => ({
      ...entry, indexes: entry.indexes.map((candidate) => (candidate.id === index.id ? { ...index, multikey: candidate.multikey } : candidate)),
    }));
  }

  /** Marks indexes in which an array was stored. Not a change of shape: transactions that write to the collection go on. */
  markMultikey(collection: CollectionEntry, indexIds: ReadonlySet<number>): void {
    const key = collectionRowKey(collection.database, collection.name);
    const before = this.writer.get('catalog', key);
    if (before === undefined) return;
    const { entry } = decodeCatalogRow(before);
    const indexes = entry.indexes.map((index) => (indexIds.has(index.id) ? { ...index, multikey: true } : index));
    this.writer.put('catalog', key, encodeCatalogRow({ version: this.identifiers.nextVersion(), shape: rowShape(before), entry: { ...entry, indexes } }), before);
  }

  /** The entry as the unit sees it now; the caller's may be from before an earlier change of the same unit. */
  asStored(collection: CollectionEntry): CollectionEntry {
    const entry = this.catalog.find(this.writer, collection.database, collection.name);
    if (entry?.id !== collection.id) {
      throw new CommandError('NamespaceNotFound', `ns does not exist: ${namespaceOf(collection.database, collection.name)}`);
    }
    return entry;
  }

  private change(collection: CollectionEntry, change: (entry: CollectionEntry) => CollectionEntry): CollectionEntry {
    const key = collectionRowKey(collection.database, collection.name);
    this.writer.claim('catalog', key);
    const changed = change(this.asStored(collection));
    this.write(changed, this.writer.get('catalog', key));
    return changed;
  }

  private write(entry: CollectionEntry, before: Buffer | undefined): void {
    const version = this.identifiers.nextVersion();
    this.writer.put('catalog', collectionRowKey(entry.database, entry.name), encodeCatalogRow({ version, shape: version, entry }), before);
    this.mark(expiryRowKey(entry.database, entry.name), entry.indexes.some(({ expireAfterSeconds }) => expireAfterSeconds !== undefined));
    this.mark(buildRowKey(entry.database, entry.name), entry.building !== undefined && entry.building.length > 0);
  }

  private mark(key: Buffer, isMarked: boolean): void {
    const before = this.writer.get('catalog', key);
    if (isMarked && before === undefined) this.writer.put('catalog', key, noValue, undefined);
    if (!isMarked && before !== undefined) this.writer.remove('catalog', key, before);
  }

  private removeRow(database: string, name: string): void {
    const key = collectionRowKey(database, name);
    this.writer.claim('catalog', key);
    const before = this.writer.get('catalog', key);
    if (before === undefined) throw new CommandError('NamespaceNotFound', 'ns not found');
    this.writer.remove('catalog', key, before);
    this.mark(expiryRowKey(database, name), false);
    this.mark(buildRowKey(database, name), false);
  }

  /** The rows go later, in bounded pieces: dropping a large collection holds nobody up. */
  private discard(table: 'records' | 'indexes', id: number): void {
    this.writer.put('garbage', garbageKey(table, id), noValue, undefined);
  }

  private ensureDatabase(database: string): void {
    const key = databaseRowKey(database);
    const stored = this.writer.get('catalog', key);
    if (stored === undefined) {
      this.writer.claim('catalog', key);
      this.writer.put('catalog', key, Buffer.from(database, 'utf8'), undefined);
      return;
    }
    const existing = stored.toString('utf8');
    if (existing !== database) {
      throw new CommandError('DatabaseDifferCase', `db already exists with different case already have: [${existing}] trying to create [${database}]`);
    }
    this.writer.share(key);
  }

  /** A database is there as long as it has a collection. */
  private forgetEmptyDatabase(database: string): void {
    if (this.catalog.list(this.writer, database).length > 0) return;
    const key = databaseRowKey(database);
    this.writer.claim('catalog', key);
    const before = this.writer.get('catalog', key);
    if (before !== undefined) this.writer.remove('catalog', key, before);
  }
}

function without({ building = [] }: CollectionEntry, indexIds: readonly number[]): readonly IndexEntry[] {
  return building.filter(({ id }) => !indexIds.includes(id));
}
