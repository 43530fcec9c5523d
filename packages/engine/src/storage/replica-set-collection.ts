// `local.system.replset`: the configuration of the replica set as its only document, for shells and tools that read it there.
// Source: the manual's page "local Database".
import type { RawDocument, RawValue } from '../bson/raw-value.js';
import { valuesEqual } from '../bson/compare.js';
import { getDocumentField } from '../bson/reader.js';
import { emptyDocument } from '../bson/writer.js';
import type { CollectionCounts, CollectionEntry, RecordId, RecordScan, StoredRecord } from './units.js';

export const replicaSetName = 'system.replset';
/** No collection that is stored has it: theirs begin at 1. The oplog has the next one. */
const collectionId = 0xffff_fffe;
const uuid = Buffer.from('7265706c736574004001b02d66726565', 'hex');
const recordId: RecordId = 1;

export function isReplicaSet(collection: CollectionEntry): boolean {
  return collection.id === collectionId;
}

export class ReplicaSetCollection {
  private read: () => RawDocument = () => emptyDocument;

  /** Where the document comes from, once the server knows how it is reached. */
  showing(configuration: () => RawDocument): void {
    this.read = configuration;
  }

  entry(): CollectionEntry {
    return { id: collectionId, database: 'local', name: replicaSetName, uuid, kind: 'collection', options: emptyDocument, indexes: [] };
  }

  counts(): CollectionCounts {
    return { documents: 1, bytes: this.read().length };
  }

  record(id: RecordId): RawDocument | undefined {
    return id === recordId ? this.read() : undefined;
  }

  scan({ after }: RecordScan = {}): StoredRecord[] {
    return after === undefined ? [{ recordId, document: this.read() }] : [];
  }

  recordIdOf(id: RawValue): RecordId | undefined {
    const own = getDocumentField(this.read(), '_id');
    return own !== undefined && valuesEqual(own, id) ? recordId : undefined;
  }
}
