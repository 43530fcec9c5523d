// The secret that made-up credentials of unknown users are derived from: made once per data folder, kept in
// `admin.system.keys`, which no role but `__system` reads.
import { randomBytes } from 'node:crypto';
import { getDocumentField } from '../bson/reader.js';
import { BsonType } from '../bson/types.js';
import { stringValue } from '../bson/values.js';
import { DocumentWriter, emptyDocument } from '../bson/writer.js';
import type { ReadUnit, Storage } from '../storage/units.js';

const database = 'admin';
const collectionName = 'system.keys';
const documentId = 'scramDecoySecret';
const secretBytes = 32;

/** The folder's secret, made at the first start. */
export async function openDecoySecret(storage: Storage): Promise<Buffer> {
  const snapshot = storage.openSnapshot();
  try {
    const known = find(snapshot);
    if (known !== undefined) return known;
  } finally {
    snapshot.close();
  }
  const secret = randomBytes(secretBytes);
  await storage.write((unit) => {
    const collection = unit.collection(database, collectionName) ?? unit.createCollection(database, collectionName, emptyDocument);
    unit.insert(collection, new DocumentWriter().string('_id', documentId).binary('key', secret).finish());
  });
  return secret;
}

function find(unit: ReadUnit): Buffer | undefined {
  const collection = unit.collection(database, collectionName);
  const recordId = collection === undefined ? undefined : unit.recordIdOf(collection, stringValue(documentId));
  const document = collection === undefined || recordId === undefined ? undefined : unit.record(collection, recordId);
  const key = document === undefined ? undefined : getDocumentField(document, 'key');
  return key?.type === BsonType.binData ? Buffer.from(key.binary().data) : undefined;
}
