// WriteUnit over any writer: the group commit's, or a transaction's overlay.
import { emptyDocument, DocumentWriter } from '../bson/writer.js';
import type { RawDocument } from '../bson/raw-value.js';
import { getDocumentField } from '../bson/reader.js';
import { CommandError } from '../errors.js';
import type { Catalog } from './catalog.js';
import { CatalogWriter } from './catalog-writer.js';
import type { Identifiers } from './identifiers.js';
import { continueBuild, followWrite } from './index-build.js';
import { applyIndexChange, checkUnique, indexChanges, type IndexChange } from './index-writer.js';
import { recordKey } from './key-layout.js';
import type { KeyValueWriter } from './key-value.js';
import { namespaceOf } from './namespace.js';
import {
  createdChange, databaseDroppedChange, droppedChange, indexChangedChange, indexCreatedChange, indexDroppedChange, optionsChange, renamedChange,
} from './oplog-commands.js';
import { prepareCollection, type PreparedCollection } from './prepared-collection.js';
import type { CollectionEntry, IndexBuildProgress, IndexEntry, IndexesInBuild, RecordId, StoredRecord, WriteUnit } from './units.js';
import { ViewReader } from './view-reader.js';

export class UnitWriter extends ViewReader<KeyValueWriter> implements WriteUnit {
  private readonly catalogWriter: CatalogWriter;

  constructor(view: KeyValueWriter, catalog: Catalog, private readonly identifiers: Identifiers) {
    super(view, catalog);
    this.catalogWriter = new CatalogWriter(view, catalog, identifiers);
  }

  createCollection(database: string, name: string, options: RawDocument, kind: CollectionEntry['kind'] = 'collection'): CollectionEntry {
    const entry = this.catalogWriter.create({ database, name, options, kind });
    this.view.log(createdChange(entry));
    return entry;
  }

  note(message: RawDocument): void {
    this.view.log({ op: 'n', namespace: '', uuid: undefined, o: message, o2: undefined });
  }

  dropCollection(collection: CollectionEntry): void {
    this.catalogWriter.drop(collection);
    this.view.log(droppedChange(collection));
  }

  dropDatabase(database: string): void {
    for (const collection of this.collections(database)) this.dropCollection(collection);
    this.view.log(databaseDroppedChange(database));
  }

  renameCollection(collection: CollectionEntry, database: string, name: string, replaced?: CollectionEntry): CollectionEntry {
    if (replaced !== undefined) this.catalogWriter.drop(replaced);
    const renamed = this.catalogWriter.rename(collection, database, name);
    this.view.log(renamedChange(collection, renamed, replaced));
    return renamed;
  }

  setCollectionOptions(collection: CollectionEntry, options: RawDocument): CollectionEntry {
    const changed = this.catalogWriter.setOptions(collection, options);
    this.view.log(optionsChange(collection, changed));
    return changed;
  }

  createIndex(collection: CollectionEntry, definition: Omit<IndexEntry, 'id' | 'multikey'>): CollectionEntry {
    const { entry, index } = this.catalogWriter.addIndex(collection, definition);
    const prepared = prepareCollection(entry);
    const only: PreparedCollection = { ...prepared, indexes: prepared.indexes.filter((candidate) => candidate.entry.id === index.id) };
    let isMultikey = false;
    for (const { recordId, document } of this.scanRecords(entry)) {
      for (const change of indexChanges(only, undefined, document)) {
        checkUnique(this.view, only, change, document, recordId);
        applyIndexChange(this.view, change, recordId);
        isMultikey ||= change.multikey;
      }
    }
    if (isMultikey) this.catalogWriter.markMultikey(entry, new Set([index.id]));
    this.view.log(indexCreatedChange(entry, index));
    return this.catalogWriter.asStored(entry);
  }

  beginIndexBuild(collection: CollectionEntry, indexes: readonly Omit<IndexEntry, 'id' | 'multikey'>[]): IndexesInBuild {
    const { entry, indexIds } = this.catalogWriter.beginBuild(collection, indexes);
    return { collection: entry, indexIds };
  }

  continueIndexBuild(build: IndexesInBuild, budget_ms: number): IndexBuildProgress {
    const { view, catalogWriter, catalog } = this;
    const scan = (entry: CollectionEntry, after: RecordId): Iterable<StoredRecord> => this.scanRecords(entry, { after });
    return continueBuild({ view, catalogWriter, builds: catalog.builds, scan }, build, budget_ms);
  }

  abandonIndexBuild({ collection, indexIds }: IndexesInBuild): void {
    this.catalogWriter.abandonBuild(collection, indexIds);
    this.catalog.builds.end(indexIds);
  }

  dropIndex(collection: CollectionEntry, name: string): CollectionEntry {
    const dropped = this.catalogWriter.asStored(collection).indexes.find((index) => index.name === name);
    const changed = this.catalogWriter.dropIndex(collection, name);
    if (dropped !== undefined) this.view.log(indexDroppedChange(collection, dropped));
    return changed;
  }

  setIndex(collection: CollectionEntry, index: IndexEntry): CollectionEntry {
    const before = this.catalogWriter.asStored(collection).indexes.find(({ id }) => id === index.id);
    if (before !== undefined) this.view.log(indexChangedChange(collection, before, index));
    return this.catalogWriter.setIndex(collection, index);
  }

  insert(collection: CollectionEntry, document: RawDocument): RecordId {
    const prepared = this.prepare(collection);
    const changes = this.checkedChanges(prepared, undefined, document, undefined);
    const recordId = this.identifiers.nextRecordId(this.view, collection.id);
    this.view.put('records', recordKey(collection.id, recordId), document, undefined);
    this.view.addCounts(prepared.counter, 1, document.length);
    this.apply(prepared, changes, recordId);
    this.view.log({ op: 'i', namespace: prepared.namespace, uuid: collection.uuid, o: document, o2: undefined });
    if (prepared.capped !== undefined) this.trimCapped(prepared);
    return recordId;
  }

  replace(collection: CollectionEntry, recordId: RecordId, before: RawDocument, after: RawDocument, difference?: RawDocument): void {
    const prepared = this.prepare(collection);
    const key = this.claimRecord(collection, recordId, before);
    const changes = this.checkedChanges(prepared, before, after, recordId);
    this.view.put('records', key, after, before);
    if (after.length !== before.length) this.view.addCounts(prepared.counter, 0, after.length - before.length);
    this.apply(prepared, changes, recordId);
    if (prepared.building.length > 0) followWrite(this.view, this.catalog.builds, prepared, { recordId, before, after });
    this.view.log({
      op: 'u', namespace: prepared.namespace, uuid: collection.uuid, o: difference ?? after, o2: idOf(before),
      before: prepared.keepsPreImages ? before : undefined,
    });
  }

  remove(collection: CollectionEntry, recordId: RecordId, document: RawDocument): void {
    const prepared = this.prepare(collection);
    const key = this.claimRecord(collection, recordId, document);
    const changes = indexChanges(prepared, document, undefined);
    this.view.remove('records', key, document);
    this.view.addCounts(prepared.counter, -1, -document.length);
    for (const change of changes) applyIndexChange(this.view, change, recordId);
    if (prepared.building.length > 0) followWrite(this.view, this.catalog.builds, prepared, { recordId, before: document, after: undefined });
    this.view.log({
      op: 'd', namespace: prepared.namespace, uuid: collection.uuid, o: idOf(document), o2: undefined,
      before: prepared.keepsPreImages ? document : undefined,
    });
  }

  /** The collection as it is now, which nobody may change the shape of until the unit or transaction ends. */
  private prepare(collection: CollectionEntry): PreparedCollection {
    if (collection.kind === 'view') {
      throw new CommandError('CommandNotSupportedOnView', `Namespace ${namespaceOf(collection.database, collection.name)} is a view, not a collection`);
    }
    const prepared = prepareCollection(this.catalogWriter.asStored(collection));
    if (this.view.isContended) this.view.share(prepared.catalogKey);
    return prepared;
  }

  /**
   * The record's key. A caller that read the document in another unit may be late: what it would undo in the indexes would not
   * be what is there, so it is told of the conflict and begins again.
   */
  private claimRecord(collection: CollectionEntry, recordId: RecordId, document: RawDocument): Buffer {
    const key = recordKey(collection.id, recordId);
    if (this.view.isContended) this.view.claim('records', key);
    if (this.view.get('records', key)?.equals(document) !== true) {
      throw new CommandError('WriteConflict', 'Write conflict: the document was changed between its being read and its being written');
    }
    return key;
  }

  /** Everything that may be refused, before anything is changed: a command may catch the refusal and go on. */
  private checkedChanges(prepared: PreparedCollection, before: RawDocument | undefined, after: RawDocument, recordId: RecordId | undefined): IndexChange[] {
    const changes = indexChanges(prepared, before, after);
    for (const change of changes) checkUnique(this.view, prepared, change, after, recordId);
    return changes;
  }

  private apply(prepared: PreparedCollection, changes: readonly IndexChange[], recordId: RecordId): void {
    let newlyMultikey: Set<number> | undefined;
    for (const change of changes) {
      applyIndexChange(this.view, change, recordId);
      const { entry } = change.index;
      if (change.multikey && !entry.multikey) (newlyMultikey ??= new Set()).add(entry.id);
    }
    if (newlyMultikey !== undefined) this.catalogWriter.markMultikey(prepared.entry, newlyMultikey);
  }

  /** The oldest documents make room for the newest. */
  private trimCapped(prepared: PreparedCollection): void {
    const { capped, entry } = prepared;
    for (;;) {
      const { documents, bytes } = this.counts(entry);
      if (documents <= 1 || (documents <= capped!.documents && bytes <= capped!.bytes)) return;
      for (const oldest of this.scanRecords(entry)) {
        this.remove(entry, oldest.recordId, oldest.document);
        break;
      }
    }
  }
}

function idOf(document: RawDocument): RawDocument {
  const id = getDocumentField(document, '_id');
  return id === undefined ? emptyDocument : new DocumentWriter(32).append('_id', id).finish();
}

