// `<database>.system.views`: the views of a database as a collection that can be read, a document for each; it is there where there are views.
// Source: the manual's page "System Collections".
import type { RawDocument, RawValue } from '../bson/raw-value.js';
import { DocumentWriter, emptyDocument } from '../bson/writer.js';
import { BsonType } from '../bson/types.js';
import { namespaceOf } from './namespace.js';
import type { CollectionCounts, CollectionEntry, RecordId, RecordScan, StoredRecord } from './units.js';

export const viewsName = 'system.views';
/** No collection that is stored has it: theirs begin at 1. The replica set's configuration has the next one. */
const collectionId = 0xffff_fffd;
const uuid = Buffer.from('76696577730040008002667265656864', 'hex');

/** The views of a database, ordered by name. */
type ViewsOf = (database: string) => readonly CollectionEntry[];

export function isViewsCollection(collection: CollectionEntry): boolean {
  return collection.id === collectionId;
}

function printView({ database, name, options }: CollectionEntry): RawDocument {
  return new DocumentWriter().string('_id', namespaceOf(database, name)).appendElements(options, 4, options.length - 1).finish();
}

export class ViewsCollection {
  constructor(private readonly viewsOf: ViewsOf) {}

  /** Undefined where the database has no views. */
  entry(database: string): CollectionEntry | undefined {
    if (this.viewsOf(database).length === 0) return undefined;
    return { id: collectionId, database, name: viewsName, uuid, kind: 'collection', options: emptyDocument, indexes: [] };
  }

  counts({ database }: CollectionEntry): CollectionCounts {
    const documents = this.viewsOf(database).map(printView);
    return { documents: documents.length, bytes: documents.reduce((sum, { length }) => sum + length, 0) };
  }

  /** Records are numbered in the order of the views' names, from 1. */
  record({ database }: CollectionEntry, recordId: RecordId): RawDocument | undefined {
    const view = this.viewsOf(database)[recordId - 1];
    return view === undefined ? undefined : printView(view);
  }

  scan({ database }: CollectionEntry, { reverse = false, after }: RecordScan = {}): StoredRecord[] {
    const records = this.viewsOf(database).map((view, index) => ({ recordId: index + 1, document: printView(view) }));
    if (reverse) records.reverse();
    return records.filter(({ recordId }) => after === undefined || (reverse ? recordId < after : recordId > after));
  }

  recordIdOf({ database }: CollectionEntry, id: RawValue): RecordId | undefined {
    if (id.type !== BsonType.string) return undefined;
    const position = this.viewsOf(database).findIndex(({ name }) => namespaceOf(database, name) === id.string());
    return position < 0 ? undefined : position + 1;
  }
}
