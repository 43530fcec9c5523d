// A document of the server's own, by its `_id`: stored where there is none, and otherwise put in the place of the one that there is.
import type { RawDocument } from '../bson/raw-value.js';
import { stringValue } from '../bson/values.js';
import { emptyDocument } from '../bson/writer.js';
import type { WriteUnit } from './units.js';

export interface PutPlace {
  readonly database: string;
  readonly collection: string;
  readonly id: string;
}

/** Makes the collection where it is not there. */
export function putDocument(unit: WriteUnit, { database, collection: name, id }: PutPlace, document: RawDocument): void {
  const collection = unit.collection(database, name) ?? unit.createCollection(database, name, emptyDocument);
  const recordId = unit.recordIdOf(collection, stringValue(id));
  const before = recordId === undefined ? undefined : unit.record(collection, recordId);
  if (recordId === undefined || before === undefined) unit.insert(collection, document);
  else unit.replace(collection, recordId, before, document);
}
