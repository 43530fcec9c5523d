// What snapshots show besides what is stored in collections: the oplog, as `local.oplog.rs`, the configuration of the replica set, and
// the views of each database.
import type { RawDocument, RawValue } from '../bson/raw-value.js';
import type { Catalog } from './catalog.js';
import type { KeyValueView } from './key-value.js';
import { isOplog, oplogDatabase, oplogName, type OplogCollection } from './oplog-collection.js';
import { isReplicaSet, replicaSetName, type ReplicaSetCollection } from './replica-set-collection.js';
import type { CollectionCounts, CollectionEntry, RecordId, RecordScan, Snapshot, StoredRecord } from './units.js';
import { ViewReader } from './view-reader.js';
import { isViewsCollection, ViewsCollection, viewsName } from './views-collection.js';

/** Collections that the server makes up as they are read. */
export interface ServerCollections {
  readonly oplog: OplogCollection;
  readonly replicaSet: ReplicaSetCollection;
}

export class SnapshotReader<View extends KeyValueView & { close(): void }> extends ViewReader<View> implements Snapshot {
  private readonly views = new ViewsCollection((database) => super.collections(database).filter(({ kind }) => kind === 'view'));

  constructor(view: View, catalog: Catalog, private readonly own: ServerCollections) {
    super(view, catalog);
  }

  close(): void {
    this.view.close();
  }

  override collection(database: string, name: string): CollectionEntry | undefined {
    if (name === viewsName) return this.views.entry(database);
    if (database === oplogDatabase) {
      if (name === oplogName) return this.own.oplog.entry();
      if (name === replicaSetName) return this.own.replicaSet.entry();
    }
    return super.collection(database, name);
  }

  override collections(database: string): CollectionEntry[] {
    const stored = super.collections(database);
    if (database === oplogDatabase) return [...stored, this.own.oplog.entry(), this.own.replicaSet.entry()];
    const views = stored.some(({ kind }) => kind === 'view') ? this.views.entry(database) : undefined;
    return views === undefined ? stored : [...stored, views];
  }

  override counts(collection: CollectionEntry): CollectionCounts {
    if (isOplog(collection)) return this.own.oplog.counts(this.view);
    if (isReplicaSet(collection)) return this.own.replicaSet.counts();
    return isViewsCollection(collection) ? this.views.counts(collection) : super.counts(collection);
  }

  override record(collection: CollectionEntry, recordId: RecordId): RawDocument | undefined {
    if (isOplog(collection)) return this.own.oplog.record(this.view, recordId);
    if (isReplicaSet(collection)) return this.own.replicaSet.record(recordId);
    return isViewsCollection(collection) ? this.views.record(collection, recordId) : super.record(collection, recordId);
  }

  override *scanRecords(collection: CollectionEntry, scan: RecordScan = {}): Generator<StoredRecord> {
    if (isOplog(collection)) yield* this.own.oplog.scan(this.view, scan);
    else if (isReplicaSet(collection)) yield* this.own.replicaSet.scan(scan);
    else if (isViewsCollection(collection)) yield* this.views.scan(collection, scan);
    else yield* super.scanRecords(collection, scan);
  }

  override recordIdOf(collection: CollectionEntry, id: RawValue): RecordId | undefined {
    if (isReplicaSet(collection)) return this.own.replicaSet.recordIdOf(id);
    return isViewsCollection(collection) ? this.views.recordIdOf(collection, id) : super.recordIdOf(collection, id);
  }
}
