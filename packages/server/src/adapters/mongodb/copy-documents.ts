// Documents of a database, read and written as bytes (see `DatabaseContents`).
import { createHash } from 'node:crypto';
import type { Db, Document, FindCursor, FindOptions, MongoClient } from 'mongodb';
import { z } from 'zod';
import { keyOf, uniqueKeyTaken, type ContentChange, type ContentFingerprint, type ContentPlace, type DocumentBatch } from '../../ports/database-contents.js';
import { PermanentFailure } from '../../ports/failures.js';
import { dropUniqueIndexes } from './copy-catalog.js';
import { documentSequence } from './document-sequence.js';
import { hasCode, mongoCodes } from './failures.js';
import { deleteStatement, idOf, inOrderOfNames, replaceStatement, typed } from './raw-documents.js';

/** The server ends a batch before it has 16 MiB as well. */
const documentsPerBatch = 1000;
const acknowledged = { w: 'majority', wtimeout: 60_000 } as const;

type DocumentChange = Extract<ContentChange, { readonly kind: 'replace' | 'delete' }>;

const writeErrorSchema = z.object({ index: z.number().int(), code: z.number(), keyPattern: z.record(z.string(), z.unknown()).optional() });
const writeAnswerSchema = z.object({ n: z.number(), writeErrors: z.array(writeErrorSchema).default([]) });
type WriteError = z.infer<typeof writeErrorSchema>;

function orderOf({ kind, isCapped }: ContentPlace, from: Uint8Array | null): FindOptions {
  // A time series is a view to MongoDB, which has neither that order nor a cursor without a time limit.
  if (kind === 'time_series') return {};
  return { ...(isCapped ? { hint: { $natural: 1 } } : { hint: { _id: 1 }, sort: { _id: 1 } }), ...(from === null ? {} : { min: typed(from) }), noCursorTimeout: true };
}

/** Batch by batch, the next one being fetched meanwhile. */
async function* batchesOf(cursor: FindCursor): AsyncGenerator<DocumentBatch, void> {
  let hasMore = await cursor.hasNext();
  while (hasMore) {
    const batch = cursor.readBufferedDocuments() as unknown as Uint8Array[];
    const next = cursor.hasNext();
    // Whoever stops here never waits for it.
    next.catch(() => undefined);
    yield batch;
    hasMore = await next;
  }
}

/** See `DatabaseContents.read`. */
export async function* readDocuments(client: MongoClient, db: Db, place: ContentPlace, from: Uint8Array | null, signal: AbortSignal): AsyncGenerator<DocumentBatch, void> {
  const session = client.startSession({ causalConsistency: true });
  // Behind everything that the server has acknowledged by now; and nothing that could be rolled back.
  await db.command({ ping: 1 }, { session });
  const cursor = db.collection(place.name).find({}, { ...orderOf(place, from), raw: true, batchSize: documentsPerBatch, session, readConcern: { level: 'majority' }, signal });
  try {
    yield* batchesOf(cursor);
  } finally {
    await cursor.close();
    await session.endSession();
  }
}

/** See `DatabaseContents.digests`. */
export async function digestsOf(client: MongoClient, db: Db, collection: string, ids: readonly Uint8Array[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  if (ids.length === 0) return found;
  const session = client.startSession({ causalConsistency: true });
  await db.command({ ping: 1 }, { session });
  const cursor = db.collection(collection).find({ _id: { $in: ids.map((id) => typed(id)['_id'] as never) } }, { raw: true, session, readConcern: { level: 'majority' } });
  try {
    for await (const batch of batchesOf(cursor)) for (const document of batch) found.set(keyOf(idOf(document)), createHash('sha256').update(document).digest('hex'));
    return found;
  } finally {
    await cursor.close();
    await session.endSession();
  }
}

function isTakenId({ code, keyPattern }: WriteError): boolean {
  return code === mongoCodes.duplicateKey && keyPattern !== undefined && Object.keys(keyPattern).join() === '_id';
}

function refusal({ code }: WriteError): PermanentFailure {
  return new PermanentFailure(code === mongoCodes.duplicateKey ? uniqueKeyTaken : `WRITE_${code}`, 'the cluster refused a document of a copy');
}

/** See `DatabaseContents.insert`. */
export async function insertDocuments(db: Db, name: string, documents: DocumentBatch): Promise<number> {
  if (documents.length === 0) return 0;
  const { n, writeErrors } = writeAnswerSchema.parse(await db.command({
    insert: name, documents: documentSequence('documents', documents), ordered: false, bypassDocumentValidation: true, writeConcern: acknowledged,
  }));
  const refused = writeErrors.find((error) => !isTakenId(error));
  if (refused !== undefined) throw refusal(refused);
  return n;
}

function command(changes: readonly DocumentChange[]): Document {
  const [{ kind, collection }] = changes as [DocumentChange];
  const statements = changes.map((change) => (change.kind === 'replace' ? replaceStatement(change.id, change.document) : deleteStatement(change.id)));
  return kind === 'replace'
    ? { update: collection, updates: documentSequence('updates', statements), ordered: true, bypassDocumentValidation: true, writeConcern: acknowledged }
    : { delete: collection, deletes: documentSequence('deletes', statements), ordered: true, writeConcern: acknowledged };
}

/**
 * By a collation, or as numbers of two types, two ids may be equal and not the same: a document cannot be put in the place of one that has such an id, it
 * is made after that is gone. Returns what is left to be done.
 */
async function replaceAnew(db: Db, changes: readonly DocumentChange[], index: number): Promise<readonly DocumentChange[]> {
  const { collection, id } = changes[index]!;
  await db.command(command([{ kind: 'delete', collection, id }]));
  return changes.slice(index);
}

/** Changes of one kind in one collection, in their order. */
async function applyRun(db: Db, changes: readonly DocumentChange[]): Promise<void> {
  let waiting = changes;
  while (waiting.length > 0) {
    // Again only behind an index that stood in the way: there are few.
    const { writeErrors: [error] } = writeAnswerSchema.parse(await db.command(command(waiting)));
    if (error === undefined) return;
    const { collection } = waiting[0]!;
    if (error.code === mongoCodes.immutableField) {
      waiting = await replaceAnew(db, waiting, error.index);
      continue;
    }
    if (error.code !== mongoCodes.duplicateKey || error.keyPattern === undefined || !(await dropUniqueIndexes(db, collection, error.keyPattern))) throw refusal(error);
    waiting = waiting.slice(error.index);
  }
}

/** See `DatabaseContents.apply`. */
export async function applyChanges(db: Db, changes: readonly DocumentChange[]): Promise<void> {
  let run: DocumentChange[] = [];
  for (const change of changes) {
    const [first] = run;
    if (first !== undefined && (first.kind !== change.kind || first.collection !== change.collection)) {
      // One after the other: later changes build on earlier ones.
      await applyRun(db, run);
      run = [];
    }
    run.push(change);
  }
  if (run.length > 0) await applyRun(db, run);
}

/** Numbers of 256 bits are added up: whatever the order, the sum is the same. */
class SumOfDigests {
  #sum = 0n;

  add(document: Uint8Array): void {
    this.#sum += BigInt(`0x${createHash('sha256').update(inOrderOfNames(document)).digest('hex')}`);
  }

  toString(): string {
    return BigInt.asUintN(256, this.#sum).toString(16).padStart(64, '0');
  }
}

/** See `DatabaseContents.fingerprint`. A collection that is not there has no documents. */
export async function fingerprintOf(client: MongoClient, db: Db, place: ContentPlace, signal: AbortSignal): Promise<ContentFingerprint> {
  const [hash, sum] = [createHash('sha256'), new SumOfDigests()];
  const take = place.kind === 'time_series' ? (document: Uint8Array) => sum.add(document) : (document: Uint8Array) => void hash.update(document);
  let [documents, bytes] = [0, 0];
  try {
    for await (const batch of readDocuments(client, db, place, null, signal)) {
      batch.forEach(take);
      bytes += batch.reduce((total, { length }) => total + length, 0);
      documents += batch.length;
    }
  } catch (error) {
    if (!hasCode(error, mongoCodes.namespaceNotFound)) throw error;
  }
  return { documents, bytes, sha256: place.kind === 'time_series' ? sum.toString() : hash.digest('hex') };
}
