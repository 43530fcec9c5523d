import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { int32Value, decodePlain, encodeDocument } from '../bson/values.js';
import { emptyDocument } from '../bson/writer.js';
import { CommandError } from '../errors.js';
import type { LmdbStorage } from '../storage/lmdb-storage.js';
import { openStorage } from '../storage/open-storage.js';
import type { CollectionEntry, IndexEntry, ReadUnit, WriteUnit } from '../storage/units.js';
import { TransactionCoordinator } from './coordinator.js';

const start_ms = Date.UTC(2026, 0, 1);
let now_ms = start_ms;
const clock = { now_ms: () => now_ms };
let folder: string;
let storage: LmdbStorage;
let coordinator: TransactionCoordinator;

const sessionKey = (name: string): string => Buffer.from(name.padEnd(48)).toString('hex');
const [alice, bob] = [sessionKey('alice'), sessionKey('bob')];

async function openAll(): Promise<void> {
  storage = await openStorage({ dataDirectory: folder, clock });
  coordinator = new TransactionCoordinator({ storage, clock });
}

async function closeAll(): Promise<void> {
  coordinator.abortAll();
  await storage.close();
}

const accounts = (unit: ReadUnit): CollectionEntry => unit.collection('bank', 'accounts')!;

beforeEach(async () => {
  now_ms = start_ms;
  folder = mkdtempSync(join(tmpdir(), 'freehold-transactions-'));
  await openAll();
  await storage.write((unit) => {
    unit.createCollection('bank', 'accounts', emptyDocument);
    const unique: Omit<IndexEntry, 'id' | 'multikey'> = {
      name: 'owner_1', key: encodeDocument({ owner: 1 }), unique: true, sparse: true, hidden: false, options: emptyDocument,
    };
    unit.createIndex(accounts(unit), unique);
    for (const id of [1, 2]) unit.insert(accounts(unit), encodeDocument({ _id: id, balance: 100 }));
  });
});

afterEach(async () => {
  await closeAll();
  rmSync(folder, { recursive: true });
});

const insert = (document: object) => (unit: WriteUnit): number => unit.insert(accounts(unit), encodeDocument(document));

function find(unit: ReadUnit, id: number): { recordId: number; document: Buffer } | undefined {
  const recordId = unit.recordIdOf(accounts(unit), int32Value(id));
  return recordId === undefined ? undefined : { recordId, document: unit.record(accounts(unit), recordId)! };
}

const balance = (id: number) => (unit: ReadUnit): unknown => {
  const found = find(unit, id);
  return found === undefined ? undefined : decodePlain(found.document)['balance'];
};

const setBalance = (id: number, value: number, more: object = {}) => (unit: WriteUnit): void => {
  const { recordId, document } = find(unit, id)!;
  unit.replace(accounts(unit), recordId, document, encodeDocument({ _id: id, balance: value, ...more }));
};

const remove = (id: number) => (unit: WriteUnit): void => {
  const { recordId, document } = find(unit, id)!;
  unit.remove(accounts(unit), recordId, document);
};

const ids = (unit: ReadUnit): unknown[] => [...unit.scanRecords(accounts(unit))].map(({ document }) => decodePlain(document)['_id']);

function readNow<T>(work: (unit: ReadUnit) => T): T {
  const snapshot = storage.openSnapshot();
  try {
    return work(snapshot);
  } finally {
    snapshot.close();
  }
}

async function codeOf(work: () => unknown): Promise<number | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error instanceof CommandError ? error.code : -1;
  }
}

/** Lets everything run that can run without a further commit being asked for. */
async function settle(): Promise<void> {
  await storage.write(() => undefined);
  await storage.write(() => undefined);
}

describe('a transaction', () => {
  it('reads its own writes, and nobody else does before it commits', async () => {
    const transaction = coordinator.start(alice, 1n);
    await transaction.write(setBalance(1, 50));
    await transaction.write(insert({ _id: 3, balance: 7 }));
    await transaction.write(remove(2));
    expect(transaction.read(ids)).toEqual([1, 3]);
    expect(transaction.read((unit) => unit.counts(accounts(unit)).documents)).toBe(2);
    expect(readNow(ids)).toEqual([1, 2]);
    expect(readNow(balance(1))).toBe(100);
    await coordinator.commit(alice, 1n);
    expect(readNow(ids)).toEqual([1, 3]);
    expect(readNow(balance(1))).toBe(50);
    expect(readNow((unit) => unit.counts(accounts(unit)).documents)).toBe(2);
  });

  it('reads the state it began with, whatever is written meanwhile', async () => {
    const transaction = coordinator.start(alice, 1n);
    await storage.write(setBalance(1, 1));
    await storage.write(insert({ _id: 9 }));
    expect(transaction.read(balance(1))).toBe(100);
    expect(transaction.read(ids)).toEqual([1, 2]);
    await coordinator.commit(alice, 1n);
    expect(readNow(balance(1))).toBe(1);
  });

  it('leaves nothing when it is aborted', async () => {
    const transaction = coordinator.start(alice, 1n);
    await transaction.write(setBalance(1, 50));
    await transaction.write((unit) => unit.createCollection('bank', 'other', emptyDocument));
    coordinator.abort(alice, 1n);
    expect(readNow(balance(1))).toBe(100);
    expect(readNow((unit) => unit.collection('bank', 'other'))).toBeUndefined();
    expect(readNow((unit) => unit.counts(accounts(unit)).documents)).toBe(2);
  });

  it('creates collections and indexes, and fills them', async () => {
    const transaction = coordinator.start(alice, 1n);
    await transaction.write((unit) => {
      const made = unit.createCollection('shop', 'orders', emptyDocument);
      const entry = unit.createIndex(made, { name: 'at_1', key: encodeDocument({ at: 1 }), unique: false, sparse: false, hidden: false, options: emptyDocument });
      unit.insert(entry, encodeDocument({ _id: 1, at: [1, 2] }));
    });
    await coordinator.commit(alice, 1n);
    readNow((unit) => {
      const entry = unit.collection('shop', 'orders')!;
      expect(entry.indexes.map(({ name, multikey }) => [name, multikey])).toEqual([['_id_', false], ['at_1', true]]);
      expect(unit.counts(entry).documents).toBe(1);
      expect(unit.databaseNames()).toEqual(['bank', 'shop']);
    });
  });

  it('finds everything again after a restart once it has committed', async () => {
    const transaction = coordinator.start(alice, 1n);
    await transaction.write(insert({ _id: 3, owner: 'x' }));
    await coordinator.commit(alice, 1n);
    await closeAll();
    await openAll();
    expect(readNow(ids)).toEqual([1, 2, 3]);
    expect(await codeOf(() => storage.write(insert({ _id: 4, owner: 'x' })))).toBe(11000);
  });
});

describe('of two transactions', () => {
  it('no update is lost: the second to write a document conflicts at once', async () => {
    const [first, second] = [coordinator.start(alice, 1n), coordinator.start(bob, 1n)];
    await first.write(setBalance(1, 90));
    const error = await second.write(setBalance(1, 80)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 112, labels: ['TransientTransactionError'] });
    await coordinator.commit(alice, 1n);
    expect(readNow(balance(1))).toBe(90);
  });

  it('the later one conflicts also where the first has committed since its snapshot', async () => {
    const [first, second] = [coordinator.start(alice, 1n), coordinator.start(bob, 1n)];
    await first.write(setBalance(1, 90));
    await coordinator.commit(alice, 1n);
    expect(second.read(balance(1))).toBe(100);
    expect(await codeOf(() => second.write(setBalance(1, 80)))).toBe(112);
  });

  it.each([
    ['the same _id', { _id: 7 }, { _id: 7 }],
    ['the same unique key', { _id: 7, owner: 'x' }, { _id: 8, owner: 'x' }],
    ['the same long unique key', { _id: 7, owner: 'x'.repeat(4000) }, { _id: 8, owner: 'x'.repeat(4000) }],
  ])('only one inserts %s', async (_what, one, other) => {
    const [first, second] = [coordinator.start(alice, 1n), coordinator.start(bob, 1n)];
    await first.write(insert(one));
    expect(await codeOf(() => second.write(insert(other)))).toBe(112);
    await coordinator.commit(alice, 1n);
    expect(readNow(ids)).toEqual([1, 2, 7]);
  });

  it('the later one cannot insert a unique key that came after its snapshot', async () => {
    const second = coordinator.start(bob, 1n);
    await storage.write(insert({ _id: 7, owner: 'x' }));
    expect(await codeOf(() => second.write(insert({ _id: 8, owner: 'x' })))).toBe(112);
  });

  it('both commit where they write different documents', async () => {
    const [first, second] = [coordinator.start(alice, 1n), coordinator.start(bob, 1n)];
    await first.write(setBalance(1, 90));
    await second.write(setBalance(2, 80));
    await first.write(insert({ _id: 3 }));
    await second.write(insert({ _id: 4 }));
    await Promise.all([coordinator.commit(alice, 1n), coordinator.commit(bob, 1n)]);
    expect(readNow((unit) => [balance(1)(unit), balance(2)(unit), ids(unit).length, unit.counts(accounts(unit)).documents])).toEqual([90, 80, 4, 4]);
  });

  it('neither hinders the other where both make an index multikey', async () => {
    await storage.write((unit) => unit.createIndex(accounts(unit), {
      name: 'tags_1', key: encodeDocument({ tags: 1 }), unique: false, sparse: false, hidden: false, options: emptyDocument,
    }));
    const [first, second] = [coordinator.start(alice, 1n), coordinator.start(bob, 1n)];
    await first.write(insert({ _id: 3, owner: ['p', 'q'] }));
    await second.write(insert({ _id: 4, owner: 'r', tags: ['t', 'u'] }));
    await coordinator.commit(alice, 1n);
    await coordinator.commit(bob, 1n);
    expect(readNow((unit) => accounts(unit).indexes.map(({ multikey }) => multikey))).toEqual([false, true, true]);
  });
});

describe('a write outside transactions', () => {
  it.each([
    ['commits', () => coordinator.commit(alice, 1n), 91],
    ['aborts', async () => coordinator.abort(alice, 1n), 101],
  ])('waits for a transaction that holds its document, and runs on what is there when that %s', async (_how, end, expected) => {
    const transaction = coordinator.start(alice, 1n);
    await transaction.write(setBalance(1, 90));
    const increment = storage.write((unit) => setBalance(1, Number(balance(1)(unit)) + 1)(unit));
    await settle();
    await end();
    await increment;
    expect(readNow(balance(1))).toBe(expected);
  });

  it('does not wait for other documents', async () => {
    const transaction = coordinator.start(alice, 1n);
    await transaction.write(setBalance(1, 90));
    await storage.write(setBalance(2, 5));
    expect(readNow(balance(2))).toBe(5);
  });

  it('gives up waiting when its time is up', async () => {
    const transaction = coordinator.start(alice, 1n);
    await transaction.write(setBalance(1, 90));
    const waiting = storage.write(setBalance(1, 5), () => {
      throw new CommandError('MaxTimeMSExpired', 'operation exceeded time limit');
    });
    expect(await codeOf(() => waiting)).toBe(50);
    await coordinator.commit(alice, 1n);
    expect(readNow(balance(1))).toBe(90);
  });

  it('that drops a collection waits for transactions that wrote to it', async () => {
    const transaction = coordinator.start(alice, 1n);
    await transaction.write(insert({ _id: 3 }));
    const dropped = storage.write((unit) => unit.dropCollection(accounts(unit)));
    await settle();
    expect(readNow((unit) => unit.collection('bank', 'accounts'))).toBeDefined();
    await coordinator.commit(alice, 1n);
    await dropped;
    expect(readNow((unit) => unit.collection('bank', 'accounts'))).toBeUndefined();
  });

  it('that changed a collection makes a transaction of before conflict when it writes there', async () => {
    const transaction = coordinator.start(alice, 1n);
    await storage.write((unit) => unit.dropIndex(accounts(unit), 'owner_1'));
    expect(await codeOf(() => transaction.write(insert({ _id: 3 })))).toBe(112);
  });
});

describe('the end of a transaction', () => {
  it('is answered alike when it is asked for twice, after a restart too', async () => {
    const transaction = coordinator.start(alice, 5n);
    await transaction.write(setBalance(1, 1));
    await coordinator.commit(alice, 5n);
    await coordinator.commit(alice, 5n);
    await closeAll();
    await openAll();
    await coordinator.commit(alice, 5n);
    expect(await codeOf(() => coordinator.start(alice, 5n))).toBe(50911);
    expect(await codeOf(() => coordinator.start(alice, 4n))).toBe(225);
  });

  it('is refused where there is none, or another one', async () => {
    expect(await codeOf(() => coordinator.commit(alice, 1n))).toBe(251);
    expect(await codeOf(() => coordinator.find(alice, 1n))).toBe(251);
    coordinator.start(alice, 2n);
    expect(await codeOf(() => coordinator.commit(alice, 3n))).toBe(251);
    coordinator.abort(alice, 2n);
    expect(await codeOf(() => coordinator.commit(alice, 2n))).toBe(251);
    coordinator.start(alice, 3n);
    await coordinator.commit(alice, 3n);
    expect(await codeOf(() => coordinator.find(alice, 3n))).toBe(256);
    expect(await codeOf(() => coordinator.abort(alice, 3n))).toBe(256);
  });

  it('comes by itself after a minute, and lets waiting writes through', async () => {
    const transaction = coordinator.start(alice, 1n);
    await transaction.write(setBalance(1, 90));
    const waiting = storage.write(setBalance(1, 7));
    now_ms += 60_001;
    await coordinator.expire();
    await waiting;
    expect(readNow(balance(1))).toBe(7);
    expect(await codeOf(() => transaction.read(balance(1)))).toBe(251);
    expect(await codeOf(() => coordinator.commit(alice, 1n))).toBe(251);
  });

  it('comes when the session begins a newer one, writes outside, or ends', async () => {
    const [first, third] = [coordinator.start(alice, 1n), coordinator.start(bob, 1n)];
    coordinator.start(alice, 2n);
    expect(first.state).toBe('aborted');
    coordinator.retryable(bob, 2n);
    expect(third.state).toBe('aborted');
    const fourth = coordinator.start(bob, 3n);
    await coordinator.endSession(bob);
    expect(fourth.state).toBe('aborted');
    expect(coordinator.statistics()).toMatchObject({ started: 4, aborted: 3, inactive: 1 });
  });

  it('leaves nothing held', async () => {
    const transaction = coordinator.start(alice, 1n);
    await transaction.write(setBalance(1, 90));
    await coordinator.commit(alice, 1n);
    expect(storage.claims.isEmpty).toBe(true);
  });
});

describe('a retryable write', () => {
  it('finds the answers of its statements, after a restart too', async () => {
    const statements = coordinator.retryable(alice, 1n);
    await storage.write((unit) => {
      expect(statements.find(unit, 0)).toBeUndefined();
      statements.record(unit, 0, encodeDocument({ n: 1 }));
      statements.record(unit, 7, encodeDocument({ n: 2 }));
    });
    await closeAll();
    await openAll();
    const again = coordinator.retryable(alice, 1n);
    expect(readNow((unit) => [0, 1, 7].map((id) => again.find(unit, id)).map((found) => found && decodePlain(found)['n']))).toEqual([1, undefined, 2]);
  });

  it('keeps nothing of a unit that throws', async () => {
    const statements = coordinator.retryable(alice, 1n);
    await storage.write((unit) => {
      statements.record(unit, 0, encodeDocument({ n: 1 }));
      throw new Error('no');
    }).catch(() => undefined);
    expect(readNow((unit) => statements.find(unit, 0))).toBeUndefined();
  });

  it('forgets the answers of earlier numbers, and refuses those numbers', async () => {
    await storage.write((unit) => coordinator.retryable(alice, 1n).record(unit, 0, encodeDocument({ n: 1 })));
    await storage.write((unit) => coordinator.retryable(alice, 2n).record(unit, 1, encodeDocument({ n: 2 })));
    expect(readNow((unit) => coordinator.retryable(alice, 2n).find(unit, 0))).toBeUndefined();
    expect(await codeOf(() => readNow((unit) => coordinator.retryable(alice, 1n).find(unit, 0)))).toBe(225);
    expect(await codeOf(() => coordinator.start(alice, 1n))).toBe(225);
  });

  it('is forgotten when nobody came back to its session for half an hour', async () => {
    const statements = coordinator.retryable(alice, 1n);
    await storage.write((unit) => statements.record(unit, 0, encodeDocument({ n: 1 })));
    now_ms += 31 * 60_000;
    await coordinator.expire();
    expect(readNow((unit) => statements.find(unit, 0))).toBeUndefined();
    expect(coordinator.statistics().sessions).toBe(0);
  });
});
