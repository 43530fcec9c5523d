// What snapshots show besides what is stored in collections: the oplog, as `local.oplog.rs`.
import type { RawDocument } from '../bson/raw-value.js';
import type { Catalog } from './catalog.js';
import type { KeyValueView } from './key-value.js';
import { isOplog, oplogDatabase, oplogName, type OplogCollection } from './oplog-collection.js';
import type { CollectionCounts, CollectionEntry, RecordId, RecordScan, Snapshot, StoredRecord } from './units.js';
import { ViewReader } from './view-reader.js';

export class SnapshotReader<View extends KeyValueView & { close(): void }> extends ViewReader<View> implements Snapshot {
  constructor(view: View, catalog: Catalog, private readonly oplog: OplogCollection) {
    super(view, catalog);
  }

  close(): void {
    this.view.close();
  }

  override collection(database: string, name: string): CollectionEntry | undefined {
    return name === oplogName && database === oplogDatabase ? this.oplog.entry() : super.collection(database, name);
  }

  override collections(database: string): CollectionEntry[] {
    const stored = super.collections(database);
    return database === oplogDatabase ? [...stored, this.oplog.entry()] : stored;
  }

  override counts(collection: CollectionEntry): CollectionCounts {
    return isOplog(collection) ? this.oplog.counts(this.view) : super.counts(collection);
  }

  override record(collection: CollectionEntry, recordId: RecordId): RawDocument | undefined {
    return isOplog(collection) ? this.oplog.record(this.view, recordId) : super.record(collection, recordId);
  }

  override *scanRecords(collection: CollectionEntry, scan: RecordScan = {}): Generator<StoredRecord> {
    yield* isOplog(collection) ? this.oplog.scan(this.view, scan) : super.scanRecords(collection, scan);
  }
}
