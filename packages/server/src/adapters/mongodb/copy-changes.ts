// What changes in a database, as changes to be made elsewhere: a change stream (MongoDB's manual, "Change Events"), read as bytes.
import { BSON, Timestamp, type Db, type Document } from 'mongodb';
import { z } from 'zod';
import { historyLost, type ChangePosition, type ContentChange, type ContentChanges, type ContentTouches } from '../../ports/database-contents.js';
import { PermanentFailure } from '../../ports/failures.js';
import { fenceCollection, isOurs, markCollection } from './copy-marks.js';
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
  if (collection === markCollection) return [];
  switch (operation) {
    case 'insert': case 'update': case 'replace':
      return [documentChange(collection, elements)];
    case 'delete':
      return collection === fenceCollection ? [] : [{ kind: 'delete', collection, id: idOf(documentAt(elements, 'documentKey')!) }];
    case 'create': case 'drop':
      return isOurs(collection) || collection.startsWith('system.') ? [] : [{ kind: operation, collection }];
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

interface Events {
  readonly events: readonly Elements[];
  readonly position: ChangePosition;
}

/** What a change stream tells after a position, batch by batch. */
async function* readEvents(db: Db, after: ChangePosition, stages: readonly [options: Document, ...later: Document[]], signal: AbortSignal): AsyncGenerator<Events, void> {
  const [options, ...later] = stages;
  const stream = { $changeStream: { ...options, showExpandedEvents: true, ...startOf(after) } };
  const cursor = db.aggregate([stream, ...later], { raw: true, maxAwaitTimeMS: patience_ms, batchSize: changesPerBatch, readConcern: { level: 'majority' } });
  let position = after;
  try {
    while (!signal.aborted) {
      const first = await cursor.tryNext();
      const events = (first === null ? [] : [first, ...cursor.readBufferedDocuments()] as unknown as Uint8Array[]).map(elementsOf);
      const last = events.at(-1);
      if (last !== undefined) position = { kind: 'token', token: tokenSchema.parse(BSON.deserialize(documentAt(last, '_id')!))._data };
      yield { events, position };
    }
  } catch (error) {
    throw asHistoryLost(error);
  } finally {
    await cursor.close();
  }
}

/** See `DatabaseContents.changes`. */
export async function* readChanges(db: Db, after: ChangePosition, signal: AbortSignal): AsyncGenerator<ContentChanges, void> {
  const fields = { $project: { operationType: 1, ns: 1, to: 1, documentKey: 1, fullDocument: 1 } };
  for await (const { events, position } of readEvents(db, after, [{ fullDocument: 'updateLookup' }, fields], signal)) yield { changes: events.flatMap(changeOf), position };
}

/** See `DatabaseContents.touches`. */
export async function* readTouches(db: Db, after: ChangePosition, signal: AbortSignal): AsyncGenerator<ContentTouches, void> {
  const stages = [{}, { $match: { 'ns.coll': { $ne: markCollection } } }, { $project: { operationType: 1, ns: 1, to: 1, documentKey: 1 } }] as const;
  for await (const { events, position } of readEvents(db, after, stages, signal)) {
    // Without the document every change looks like that of one that is gone: it is what it is called that counts.
    const changes = events.flatMap(changeOf);
    yield {
      documents: changes.flatMap((change) => (change.kind === 'delete' ? [{ collection: change.collection, id: change.id }] : [])),
      collections: changes.flatMap((change) => (change.kind === 'rename' ? [change.collection, change.to] : change.kind === 'create' || change.kind === 'drop' ? [change.collection] : [])),
      fences: changes.flatMap((change) => (change.kind === 'fence' ? [change.fence] : [])),
      position,
    };
  }
}
