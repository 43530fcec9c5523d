// Documents of a database, read and written as bytes (see `DatabaseContents`).
import { createHash } from 'node:crypto';
import type { Db, Document, FindOptions, MongoClient } from 'mongodb';
import { z } from 'zod';
import {
  uniqueKeyTaken, type ContentChange, type ContentDescription, type ContentFingerprint, type DocumentBatch,
} from '../../ports/database-contents.js';
import { PermanentFailure } from '../../ports/failures.js';
import { dropUniqueIndexes } from './copy-catalog.js';
import { hasCode, mongoCodes } from './failures.js';
import { deleteStatement, documentSequence, replaceStatement, typed } from './raw-documents.js';

/** The server ends a batch before it has 16 MiB as well. */
const documentsPerBatch = 1000;
const acknowledged = { w: 'majority', wtimeout: 60_000 } as const;

type Place = Pick<ContentDescription, 'name' | 'isCapped'>;
type DocumentChange = Extract<ContentChange, { readonly kind: 'replace' | 'delete' }>;

const writeErrorSchema = z.object({ index: z.number().int(), code: z.number(), keyPattern: z.record(z.string(), z.unknown()).optional() });
const writeAnswerSchema = z.object({ n: z.number(), writeErrors: z.array(writeErrorSchema).default([]) });
type WriteError = z.infer<typeof writeErrorSchema>;

/** See `DatabaseContents.read`. */
export async function* readDocuments(client: MongoClient, db: Db, { name, isCapped }: Place, from: Uint8Array | null, signal: AbortSignal): AsyncGenerator<DocumentBatch, void> {
  const session = client.startSession({ causalConsistency: true });
  // Behind everything that the server has acknowledged by now; and nothing that could be rolled back.
  await db.command({ ping: 1 }, { session });
  const inOrder: FindOptions = isCapped ? { hint: { $natural: 1 } } : { hint: { _id: 1 }, sort: { _id: 1 } };
  const cursor = db.collection(name).find({}, {
    ...inOrder, ...(from === null ? {} : { min: typed(from) }), raw: true, batchSize: documentsPerBatch, session, readConcern: { level: 'majority' }, noCursorTimeout: true, signal,
  });
  try {
    let hasMore = await cursor.hasNext();
    while (hasMore) {
      const batch = cursor.readBufferedDocuments() as unknown as Uint8Array[];
      const next = cursor.hasNext();
      // Whoever stops here never waits for it.
      next.catch(() => undefined);
      yield batch;
      hasMore = await next;
    }
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

/** Changes of one kind in one collection, in their order. */
async function applyRun(db: Db, changes: readonly DocumentChange[]): Promise<void> {
  let waiting = changes;
  while (waiting.length > 0) {
    // Again only behind an index that stood in the way: there are few.
    const { writeErrors: [error] } = writeAnswerSchema.parse(await db.command(command(waiting)));
    if (error === undefined) return;
    const { collection } = waiting[0]!;
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

/** See `DatabaseContents.fingerprint`. A collection that is not there has no documents. */
export async function fingerprintOf(client: MongoClient, db: Db, place: Place, signal: AbortSignal): Promise<ContentFingerprint> {
  const hash = createHash('sha256');
  let [documents, bytes] = [0, 0];
  try {
    for await (const batch of readDocuments(client, db, place, null, signal)) {
      for (const document of batch) {
        hash.update(document);
        bytes += document.length;
      }
      documents += batch.length;
    }
  } catch (error) {
    if (!hasCode(error, mongoCodes.namespaceNotFound)) throw error;
  }
  return { documents, bytes, sha256: hash.digest('hex') };
}
