// What changes in a database, as changes to be made elsewhere: a change stream (MongoDB's manual, "Change Events"), read as bytes.
import { BSON, Timestamp, type Db, type Document } from 'mongodb';
import { z } from 'zod';
import { historyLost, type ChangePosition, type ContentChange, type ContentChanges } from '../../ports/database-contents.js';
import { PermanentFailure } from '../../ports/failures.js';
import { fenceCollection } from './copy-catalog.js';
import { hasCode, mongoCodes } from './failures.js';
import { documentAt, elementsOf, idOf, stringAt } from './raw-documents.js';

const changesPerBatch = 1000;
const patience_ms = 250;

const timeSchema = z.object({ operationTime: z.instanceof(Timestamp) });
const tokenSchema = z.object({ _data: z.string() });
const fenceSchema = z.object({ _id: z.string() });

/** See `DatabaseContents.position`. */
export async function presentPosition(db: Db): Promise<ChangePosition> {
  const { operationTime } = timeSchema.parse(await db.command({ ping: 1 }));
  return { kind: 'time', seconds: operationTime.t, ordinal: operationTime.i };
}

type Elements = ReturnType<typeof elementsOf>;

/** A document that is gone by now, or is in a collection that has another name by now, cannot be looked up: a later change tells. */
function documentChange(collection: string, elements: Elements): ContentChange {
  const id = idOf(documentAt(elements, 'documentKey')!);
  const document = documentAt(elements, 'fullDocument');
  if (collection === fenceCollection) return { kind: 'fence', fence: fenceSchema.parse(BSON.deserialize(id))._id };
  return document === undefined ? { kind: 'delete', collection, id } : { kind: 'replace', collection, id, document };
}

function named(elements: Elements, field: string): string {
  return stringAt(elementsOf(documentAt(elements, field)!), 'coll') ?? '';
}

function changeOf(elements: Elements): readonly ContentChange[] {
  const operation = stringAt(elements, 'operationType');
  if (operation === 'dropDatabase' || operation === 'invalidate') return [];
  const collection = named(elements, 'ns');
  switch (operation) {
    case 'insert': case 'update': case 'replace':
      return [documentChange(collection, elements)];
    case 'delete':
      return collection === fenceCollection ? [] : [{ kind: 'delete', collection, id: idOf(documentAt(elements, 'documentKey')!) }];
    case 'create': case 'drop':
      return collection === fenceCollection || collection.startsWith('system.') ? [] : [{ kind: operation, collection }];
    case 'rename':
      return [{ kind: 'rename', collection, to: named(elements, 'to') }];
    default:
      return [{ kind: 'definition', collection }];
  }
}

function startOf(after: ChangePosition): Document {
  if (after.kind === 'token') return { resumeAfter: { _data: after.token } };
  return { startAtOperationTime: new Timestamp({ t: after.seconds, i: after.ordinal }) };
}

function asHistoryLost(error: unknown): unknown {
  if (!hasCode(error, mongoCodes.changeStreamHistoryLost)) return error;
  return new PermanentFailure(historyLost, 'the cluster does not keep its history for so long', { cause: error });
}

/** See `DatabaseContents.changes`. */
export async function* readChanges(db: Db, after: ChangePosition, signal: AbortSignal): AsyncGenerator<ContentChanges, void> {
  const stream = { $changeStream: { fullDocument: 'updateLookup', showExpandedEvents: true, ...startOf(after) } };
  const fields = { $project: { operationType: 1, ns: 1, to: 1, documentKey: 1, fullDocument: 1 } };
  const cursor = db.aggregate([stream, fields], { raw: true, maxAwaitTimeMS: patience_ms, batchSize: changesPerBatch, readConcern: { level: 'majority' } });
  let position = after;
  try {
    while (!signal.aborted) {
      const first = await cursor.tryNext();
      const events = first === null ? [] : [first, ...cursor.readBufferedDocuments()] as unknown as Uint8Array[];
      const elements = events.map(elementsOf);
      const last = elements.at(-1);
      if (last !== undefined) position = { kind: 'token', token: tokenSchema.parse(BSON.deserialize(documentAt(last, '_id')!))._data };
      yield { changes: elements.flatMap(changeOf), position };
    }
  } catch (error) {
    throw asHistoryLost(error);
  } finally {
    await cursor.close();
  }
}

/** See `DatabaseContents.fence`. */
export async function writeFence(db: Db, name: string): Promise<void> {
  const fences = db.collection<{ _id: string }>(fenceCollection);
  await fences.updateOne({ _id: name }, { $inc: { times: 1 } }, { upsert: true, writeConcern: { w: 'majority', wtimeoutMS: 60_000 } });
}
