// A MongoDB database behind the `DatabaseContents` port.
import type { Db, MongoClient } from 'mongodb';
import type {
  ChangePosition, ContentChanges, ContentDescription, ContentFingerprint, ContentPlace, ContentTouches, DatabaseContents, DocumentBatch, DocumentName, Mark,
} from '../../ports/database-contents.js';
import { collectionSize } from './cluster-sizes.js';
import { presentPosition, readChanges, readTouches } from './copy-changes.js';
import { createContent, listContents, settleContent } from './copy-catalog.js';
import { applyChanges, digestsOf, fingerprintOf, insertDocuments, readDocuments } from './copy-documents.js';
import { fenceCollection, markCollection, readMarks, removeMarks, writeFence, writeMarks } from './copy-marks.js';
import { hasCode, mongoCodes } from './failures.js';
import { idOf } from './raw-documents.js';

/** Makes one call of the cluster's; throws what the port throws. */
export type Attempt = <Result>(during: string, command: () => Promise<Result>) => Promise<Result>;

/** Throws what the port throws, wherever in the series something fails. */
async function* attempted<Item>(attempt: Attempt, during: string, items: AsyncGenerator<Item, void>): AsyncGenerator<Item, void> {
  try {
    for (;;) {
      const next = await attempt(during, () => items.next());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await items.return(undefined).catch(() => undefined);
  }
}

export class MongoContents implements DatabaseContents {
  readonly #client: MongoClient;
  readonly #db: Db;
  readonly #attempt: Attempt;

  constructor(client: MongoClient, database: string, attempt: Attempt) {
    this.#client = client;
    this.#db = client.db(database);
    this.#attempt = attempt;
  }

  list(name?: string): Promise<readonly ContentDescription[]> {
    return this.#attempt('list collections', () => listContents(this.#db, name));
  }

  create(description: ContentDescription): Promise<void> {
    return this.#attempt('make a collection', () => createContent(this.#db, description));
  }

  settle(description: ContentDescription): Promise<void> {
    return this.#attempt('make indexes', () => settleContent(this.#db, description));
  }

  async drop(name: string): Promise<void> {
    await this.#attempt('drop a collection', () => this.#db.dropCollection(name, { writeConcern: { w: 'majority', wtimeoutMS: 60_000 } }).catch(unlessAbsent));
  }

  async rename(name: string, to: string): Promise<void> {
    const { databaseName } = this.#db;
    const command = { renameCollection: `${databaseName}.${name}`, to: `${databaseName}.${to}`, dropTarget: true, writeConcern: { w: 'majority', wtimeout: 60_000 } };
    await this.#attempt('rename a collection', () => this.#client.db('admin').command(command).catch(unlessAbsent));
  }

  read(place: ContentPlace, from: Uint8Array | null, signal: AbortSignal): AsyncIterable<DocumentBatch> {
    return attempted(this.#attempt, 'read a collection', readDocuments(this.#client, this.#db, place, from, signal));
  }

  idOf(document: Uint8Array): Uint8Array {
    return idOf(document);
  }

  insert(name: string, documents: DocumentBatch): Promise<number> {
    return this.#attempt('take documents', () => insertDocuments(this.#db, name, documents));
  }

  apply(changes: Parameters<DatabaseContents['apply']>[0]): Promise<void> {
    return this.#attempt('take changes', () => applyChanges(this.#db, changes));
  }

  fingerprint(place: ContentPlace, signal: AbortSignal): Promise<ContentFingerprint> {
    return this.#attempt('read a collection', () => fingerprintOf(this.#client, this.#db, place, signal));
  }

  position(): Promise<ChangePosition> {
    return this.#attempt('say what time it is', () => presentPosition(this.#db));
  }

  changes(after: ChangePosition, signal: AbortSignal): AsyncIterable<ContentChanges> {
    return attempted(this.#attempt, 'show its changes', readChanges(this.#db, after, signal));
  }

  touches(after: ChangePosition, signal: AbortSignal): AsyncIterable<ContentTouches> {
    return attempted(this.#attempt, 'show its changes', readTouches(this.#db, after, signal));
  }

  digests(collection: string, ids: readonly Uint8Array[]): Promise<ReadonlyMap<string, string>> {
    return this.#attempt('read documents', () => digestsOf(this.#client, this.#db, collection, ids));
  }

  async measure(name: string): Promise<{ readonly documents: number; readonly bytes: number }> {
    const size = await this.#attempt('measure a collection', () => collectionSize(this.#db, name));
    return { documents: size?.documents ?? 0, bytes: size?.dataBytes ?? 0 };
  }

  fence(name: string): Promise<void> {
    return this.#attempt('mark a place in its history', () => writeFence(this.#db, name));
  }

  mark(documents: readonly DocumentName[]): Promise<void> {
    return this.#attempt('mark documents', () => writeMarks(this.#db, documents));
  }

  marks(after: string | null, limit: number): Promise<readonly Mark[]> {
    return this.#attempt('tell which documents are marked', () => readMarks(this.#db, after, limit));
  }

  unmark(marks: readonly Mark[]): Promise<void> {
    return this.#attempt('take marks away', () => removeMarks(this.#db, marks));
  }

  async dropMarks(): Promise<void> {
    await Promise.all([this.drop(fenceCollection), this.drop(markCollection)]);
  }
}

function unlessAbsent(error: unknown): void {
  if (!hasCode(error, mongoCodes.namespaceNotFound)) throw error;
}
