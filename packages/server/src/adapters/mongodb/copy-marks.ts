// Our own marks in a database that is copied, or copied into: fences, which show up among its changes, and which documents are to be compared.
import { createHash } from 'node:crypto';
import type { Binary, Db } from 'mongodb';
import type { DocumentName, Mark } from '../../ports/database-contents.js';

/** Written to be seen among the changes of a database. */
export const fenceCollection = 'freehold_move';
/** Which documents are to be compared. */
export const markCollection = 'freehold_move_marks';

export function isOurs(collection: string): boolean {
  return collection === fenceCollection || collection === markCollection;
}

const acknowledged = { writeConcern: { w: 'majority', wtimeoutMS: 60_000 } } as const;

interface StoredMark {
  readonly _id: string;
  readonly collection: string;
  readonly id: Binary;
  readonly times: number;
}

/** An id may be longer than the key of an index. */
function markKey({ collection, id }: DocumentName): string {
  return createHash('sha256').update(collection).update('\0').update(id).digest('base64url');
}

/** See `DatabaseContents.fence`. */
export async function writeFence(db: Db, name: string): Promise<void> {
  await db.collection<{ _id: string }>(fenceCollection).updateOne({ _id: name }, { $inc: { times: 1 } }, { upsert: true, ...acknowledged });
}

/** See `DatabaseContents.mark`. */
export async function writeMarks(db: Db, documents: readonly DocumentName[]): Promise<void> {
  if (documents.length === 0) return;
  const byKey = new Map(documents.map((document) => [markKey(document), document]));
  const operations = [...byKey].map(([_id, { collection, id }]) => ({ updateOne: { filter: { _id }, update: { $set: { collection, id: Buffer.from(id) }, $inc: { times: 1 } }, upsert: true } }));
  await db.collection<{ _id: string }>(markCollection).bulkWrite(operations, { ordered: false, ...acknowledged });
}

/** See `DatabaseContents.marks`. */
export async function readMarks(db: Db, after: string | null, limit: number): Promise<readonly Mark[]> {
  const found = await db.collection<StoredMark>(markCollection).find(after === null ? {} : { _id: { $gt: after } }, { sort: { _id: 1 }, limit, readConcern: { level: 'majority' } }).toArray();
  return found.map(({ _id: key, collection, id, times }) => ({ key, collection, id: id.buffer, times }));
}

/** See `DatabaseContents.unmark`. */
export async function removeMarks(db: Db, marks: readonly Mark[]): Promise<void> {
  if (marks.length === 0) return;
  await db.collection<StoredMark>(markCollection).bulkWrite(marks.map(({ key: _id, times }) => ({ deleteOne: { filter: { _id, times } } })), { ordered: false, ...acknowledged });
}
