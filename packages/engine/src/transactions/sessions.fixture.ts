// An engine's storage and sessions in a folder of their own, with a clock that tests move, for the tests of transactions.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getDocumentField } from '../bson/reader.js';
import { decodePlain, encodeDocument, int32Value } from '../bson/values.js';
import { emptyDocument } from '../bson/writer.js';
import type { LmdbStorage } from '../storage/lmdb-storage.js';
import { openStorage } from '../storage/open-storage.js';
import type { CollectionEntry, IndexEntry, ReadUnit, WriteUnit } from '../storage/units.js';
import { TransactionCoordinator } from './coordinator.js';

export const sessionKey = (session: number): string => session.toString(16).padStart(96, '0');

export const indexOn = (field: string, options: Partial<IndexEntry> = {}): Omit<IndexEntry, 'id' | 'multikey'> => ({
  name: `${field}_1`, key: encodeDocument({ [field]: 1 }), unique: false, sparse: false, hidden: false, options: emptyDocument, ...options,
});

const wholeIndex = { start: Buffer.alloc(0), startInclusive: true, end: Buffer.from([0xff]), endInclusive: true };

export const collectionOf = (unit: ReadUnit, name = 'c'): CollectionEntry => unit.collection('db', name)!;

/** The documents of `db.c` in the order of insertion. */
export const documentsOf = (unit: ReadUnit): unknown[] => [...unit.scanRecords(collectionOf(unit))].map(({ document }) => decodePlain(document));

/** The `_id`s of `db.c` in the order of an index. */
export function idsByIndex(unit: ReadUnit, name: string, reverse = false): unknown[] {
  const collection = collectionOf(unit);
  const index = collection.indexes.find((candidate) => candidate.name === name)!;
  return [...unit.scanIndex(collection, index, { range: wholeIndex, reverse })].map(
    ({ recordId }) => decodePlain(unit.record(collection, recordId)!)['_id'] as unknown,
  );
}

export const insert = (document: object) => (unit: WriteUnit): void => void unit.insert(collectionOf(unit), encodeDocument(document));

/** Replaces or removes (`undefined`) the document of an `_id`, if there is one. Returns whether there was. */
export const change = (id: number, after: object | undefined) => (unit: WriteUnit): boolean => {
  const collection = collectionOf(unit);
  const recordId = unit.recordIdOf(collection, int32Value(id));
  if (recordId === undefined) return false;
  const before = unit.record(collection, recordId)!;
  if (after === undefined) unit.remove(collection, recordId, before);
  else unit.replace(collection, recordId, before, encodeDocument(after));
  return true;
};

export class SessionsFixture {
  now_ms = 1_700_000_000_000;
  storage!: LmdbStorage;
  sessions!: TransactionCoordinator;
  private readonly folder = mkdtempSync(join(tmpdir(), 'freehold-transactions-'));

  static async open(...indexes: readonly Omit<IndexEntry, 'id' | 'multikey'>[]): Promise<SessionsFixture> {
    const fixture = new SessionsFixture();
    await fixture.start();
    await fixture.storage.write((unit) => {
      unit.createCollection('db', 'c', emptyDocument);
      for (const index of indexes) unit.createIndex(collectionOf(unit), index);
    });
    return fixture;
  }

  /** As after a restart of the process: what is in memory is gone. */
  async restart(): Promise<void> {
    this.sessions.abortAll();
    await this.storage.close();
    await this.start();
  }

  async close(): Promise<void> {
    this.sessions.abortAll();
    await this.storage.close();
    rmSync(this.folder, { recursive: true });
  }

  /** Reads what is committed. */
  read<T>(work: (unit: ReadUnit) => T): T {
    const snapshot = this.storage.openSnapshot();
    try {
      return work(snapshot);
    } finally {
      snapshot.close();
    }
  }

  /** Whether counters and indexes say the same as the records do. */
  assertConsistent(): void {
    this.read((unit) => {
      const collection = collectionOf(unit);
      const records = [...unit.scanRecords(collection)];
      const bytes = records.reduce((sum, { document }) => sum + document.length, 0);
      const counts = unit.counts(collection);
      if (counts.documents !== records.length || counts.bytes !== bytes) throw new Error(`counts ${JSON.stringify(counts)} for ${records.length} records`);
      for (const index of collection.indexes) {
        const entries = [...unit.scanIndex(collection, index, { range: wholeIndex })];
        const expected = records.filter(({ document }) => !index.sparse || getDocumentField(document, index.name.slice(0, -2)) !== undefined);
        const ids = (list: readonly { readonly recordId: number }[]): string => list.map(({ recordId }) => recordId).sort((a, b) => a - b).join();
        if (ids(entries) !== ids(expected)) throw new Error(`index ${index.name} has ${ids(entries)}, the records are ${ids(expected)}`);
      }
    });
  }

  private async start(): Promise<void> {
    const clock = { now_ms: () => this.now_ms };
    this.storage = await openStorage({ dataDirectory: this.folder, clock });
    this.sessions = new TransactionCoordinator({ storage: this.storage, clock });
  }
}
