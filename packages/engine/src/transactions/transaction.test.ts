import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeDocument } from '../bson/values.js';
import { emptyDocument } from '../bson/writer.js';
import { change, collectionOf, documentsOf, idsByIndex, indexOn, insert, SessionsFixture, sessionKey } from './sessions.fixture.js';
import type { Transaction } from './transaction.js';

let fixture: SessionsFixture;

beforeEach(async () => {
  fixture = await SessionsFixture.open(indexOn('a'), indexOn('e', { unique: true, sparse: true }));
});

afterEach(async () => {
  fixture.assertConsistent();
  await fixture.close();
});

const begin = (session: number): Transaction => fixture.sessions.start(sessionKey(session), 1n);
const commit = (session: number): Promise<void> => fixture.sessions.commit(sessionKey(session), 1n);
const abort = (session: number): void => fixture.sessions.abort(sessionKey(session), 1n);
const committed = (): unknown[] => fixture.read(documentsOf);
const conflict = { code: 112, labels: ['TransientTransactionError'] };
const duplicate = { code: 11_000 };

describe('a transaction', () => {
  it('sees its own changes at once, and nobody else does before its commit', async () => {
    await fixture.storage.write(insert({ _id: 1, a: 1 }));
    const transaction = begin(1);
    await transaction.write(insert({ _id: 2, a: 2 }));
    await transaction.write(change(1, { _id: 1, a: 9 }));
    expect(transaction.read(documentsOf)).toEqual([{ _id: 1, a: 9 }, { _id: 2, a: 2 }]);
    expect(committed()).toEqual([{ _id: 1, a: 1 }]);
    await commit(1);
    expect(committed()).toEqual([{ _id: 1, a: 9 }, { _id: 2, a: 2 }]);
  });

  it('walks indexes over its own changes, in both directions', async () => {
    await fixture.storage.write((unit) => [1, 3, 5, 7].forEach((a) => insert({ _id: a, a })(unit)));
    const transaction = begin(1);
    await transaction.write((unit) => {
      insert({ _id: 4, a: 4 })(unit);
      change(3, undefined)(unit);
      change(7, { _id: 7, a: 0 })(unit);
    });
    expect(transaction.read((unit) => idsByIndex(unit, 'a_1'))).toEqual([7, 1, 4, 5]);
    expect(transaction.read((unit) => idsByIndex(unit, 'a_1', true))).toEqual([5, 4, 1, 7]);
    expect(fixture.read((unit) => idsByIndex(unit, 'a_1'))).toEqual([1, 3, 5, 7]);
    await commit(1);
    expect(fixture.read((unit) => idsByIndex(unit, 'a_1'))).toEqual([7, 1, 4, 5]);
  });

  it('reads one state, whatever is committed meanwhile', async () => {
    await fixture.storage.write(insert({ _id: 1, a: 1 }));
    const transaction = begin(1);
    await fixture.storage.write(change(1, { _id: 1, a: 2 }));
    await fixture.storage.write(insert({ _id: 2 }));
    expect(transaction.read(documentsOf)).toEqual([{ _id: 1, a: 1 }]);
    expect(transaction.read((unit) => unit.counts(collectionOf(unit)).documents)).toBe(1);
    await commit(1);
  });

  it('leaves nothing behind when it aborts, and releases what it held', async () => {
    const transaction = begin(1);
    await transaction.write(insert({ _id: 1, e: 'x' }));
    abort(1);
    await fixture.storage.write(insert({ _id: 1, e: 'x' }));
    expect(committed()).toEqual([{ _id: 1, e: 'x' }]);
    expect(fixture.storage.claims.isEmpty).toBe(true);
  });

  it('keeps every one of a thousand changes across several tables, or none', async () => {
    const transaction = begin(1);
    for (let id = 0; id < 1000; id += 1) await transaction.write(insert({ _id: id, a: id % 7, e: id }));
    for (let id = 0; id < 1000; id += 2) await transaction.write(change(id, undefined));
    await commit(1);
    expect(committed()).toHaveLength(500);
  });
});

describe('of two that would change the same thing', () => {
  beforeEach(async () => {
    await fixture.storage.write((unit) => [1, 2].forEach((_id) => insert({ _id, a: _id, e: `e${_id}` })(unit)));
  });

  it.each<[string, (unit: Parameters<ReturnType<typeof insert>>[0]) => unknown, (unit: Parameters<ReturnType<typeof insert>>[0]) => unknown]>([
    ['update one document', change(1, { _id: 1, a: 10 }), change(1, { _id: 1, a: 20 })],
    ['update and delete it', change(1, { _id: 1, a: 10 }), change(1, undefined)],
    ['delete and update it', change(1, undefined), change(1, { _id: 1, a: 20 })],
    ['insert one _id', insert({ _id: 3 }), insert({ _id: 3 })],
    ['insert one unique value', insert({ _id: 3, e: 'new' }), insert({ _id: 4, e: 'new' })],
    ['update to one unique value', change(1, { _id: 1, e: 'new' }), change(2, { _id: 2, e: 'new' })],
    ['insert unique values that are cut to the same key', insert({ _id: 3, e: 'x'.repeat(3000) }), insert({ _id: 4, e: 'x'.repeat(3000) })],
    ['create one collection', (unit) => unit.createCollection('db', 'new', emptyDocument), (unit) => unit.createCollection('db', 'new', emptyDocument)],
    ['create one database', (unit) => unit.createCollection('new', 'x', emptyDocument), (unit) => unit.createCollection('new', 'y', emptyDocument)],
  ])('the second is refused while the first is open, and after it: %s', async (_case, first, second) => {
    const [one, two] = [begin(1), begin(2)];
    await one.write(first);
    await expect(two.write(second)).rejects.toMatchObject(conflict);
    fixture.sessions.abortAfterError(two);
    const three = begin(3);
    await commit(1);
    await expect(three.write(second)).rejects.toMatchObject(conflict);
  });

  it('a change of another document, or another value, is no conflict', async () => {
    const [one, two] = [begin(1), begin(2)];
    await one.write(change(1, { _id: 1, a: 10, e: 'p' }));
    await two.write(change(2, { _id: 2, a: 10, e: 'q' }));
    await Promise.all([commit(1), commit(2)]);
    expect(committed()).toEqual([{ _id: 1, a: 10, e: 'p' }, { _id: 2, a: 10, e: 'q' }]);
  });

  it('a transaction is refused what was committed outside after it began', async () => {
    const transaction = begin(1);
    await fixture.storage.write(change(1, { _id: 1, a: 5 }));
    await expect(transaction.write(change(1, { _id: 1, a: 6 }))).rejects.toMatchObject(conflict);
  });

  it('a value that is taken in its own snapshot is a duplicate, not a conflict', async () => {
    await expect(begin(1).write(insert({ _id: 3, e: 'e1' }))).rejects.toMatchObject(duplicate);
  });

  it('two may both rely on what neither changes, as snapshot isolation allows', async () => {
    const [one, two] = [begin(1), begin(2)];
    await one.write((unit) => documentsOf(unit).length === 2 && change(1, { _id: 1, a: 0 })(unit));
    await two.write((unit) => documentsOf(unit).length === 2 && change(2, { _id: 2, a: 0 })(unit));
    await Promise.all([commit(1), commit(2)]);
    expect(committed()).toEqual([{ _id: 1, a: 0 }, { _id: 2, a: 0 }]);
  });
});

describe('a write outside transactions that meets an open one', () => {
  beforeEach(async () => {
    await fixture.storage.write(insert({ _id: 1, a: 1 }));
  });

  const increment = fixtureIncrement(1);

  it('waits for it and sees what it committed', async () => {
    const transaction = begin(1);
    await transaction.write(change(1, { _id: 1, a: 100 }));
    const waiting = fixture.storage.write(increment);
    await fixture.storage.write(insert({ _id: 2 }));
    expect(committed()).toEqual([{ _id: 1, a: 1 }, { _id: 2 }]);
    await commit(1);
    await waiting;
    expect(committed()).toEqual([{ _id: 1, a: 101 }, { _id: 2 }]);
  });

  it('waits for it and goes on from before where it aborts', async () => {
    const transaction = begin(1);
    await transaction.write(change(1, { _id: 1, a: 100 }));
    const waiting = fixture.storage.write(increment);
    abort(1);
    await waiting;
    expect(committed()).toEqual([{ _id: 1, a: 2 }]);
  });

  it('gets DuplicateKey when the transaction has committed the value it wanted', async () => {
    const transaction = begin(1);
    await transaction.write(insert({ _id: 2, e: 'x' }));
    const waiting = fixture.storage.write(insert({ _id: 3, e: 'x' }));
    await commit(1);
    await expect(waiting).rejects.toMatchObject(duplicate);
  });

  it('waits to drop a collection that it writes to', async () => {
    const transaction = begin(1);
    await transaction.write(insert({ _id: 2 }));
    const waiting = fixture.storage.write((unit) => unit.dropCollection(collectionOf(unit)));
    await fixture.storage.write((unit) => unit.createCollection('db', 'other', emptyDocument));
    expect(committed()).toHaveLength(1);
    await commit(1);
    await waiting;
    expect(fixture.read((unit) => unit.collections('db').map(({ name }) => name))).toEqual(['other']);
    await fixture.storage.write((unit) => unit.createCollection('db', 'c', emptyDocument));
  });
});

function fixtureIncrement(id: number): ReturnType<typeof change> {
  return (unit) => {
    const a = (documentsOf(unit) as { _id: number; a: number }[]).find(({ _id }) => _id === id)!.a;
    return change(id, { _id: id, a: a + 1 })(unit);
  };
}

describe('collections and indexes in transactions', () => {
  it('come with the commit, indexes of a new collection too', async () => {
    const transaction = begin(1);
    await transaction.write((unit) => {
      const collection = unit.createCollection('db2', 'new', emptyDocument);
      unit.createIndex(collection, indexOn('a'));
      unit.insert(collectionNamed(unit), encodeDocument({ _id: 1, a: [1, 2] }));
    });
    expect(fixture.read((unit) => unit.databaseNames())).toEqual(['db']);
    await commit(1);
    expect(fixture.read((unit) => [unit.databaseNames(), collectionNamed(unit).indexes.map(({ name, multikey }) => [name, multikey])])).toEqual([
      ['db', 'db2'], [['_id_', false], ['a_1', true]],
    ]);
  });

  const collectionNamed = (unit: Parameters<typeof collectionOf>[0]): ReturnType<typeof collectionOf> => unit.collection('db2', 'new')!;

  it.each<[string, (unit: Parameters<ReturnType<typeof insert>>[0]) => unknown]>([
    ['an index on a collection that was there', (unit) => unit.createIndex(collectionOf(unit), indexOn('z'))],
    ['to drop a collection', (unit) => unit.dropCollection(collectionOf(unit))],
    ['to rename a collection', (unit) => unit.renameCollection(collectionOf(unit), 'db', 'd')],
    ['to drop an index', (unit) => unit.dropIndex(collectionOf(unit), 'a_1')],
    ['to write to a capped collection', (unit) => unit.insert(unit.collection('db', 'capped')!, encodeDocument({ _id: 1 }))],
  ])('are refused: %s', async (_case, work) => {
    await fixture.storage.write((unit) => unit.createCollection('db', 'capped', encodeDocument({ capped: true, size: 4096 })));
    await expect(begin(1).write(work)).rejects.toMatchObject({ code: 263 });
  });

  it('conflict where the collection was dropped or got an index meanwhile, and the old state stays readable', async () => {
    await fixture.storage.write(insert({ _id: 1 }));
    const [one, two] = [begin(1), begin(2)];
    await fixture.storage.write((unit) => unit.createIndex(collectionOf(unit), indexOn('b')));
    await expect(one.write(insert({ _id: 2 }))).rejects.toMatchObject(conflict);
    await fixture.storage.write((unit) => unit.dropCollection(collectionOf(unit)));
    await fixture.storage.write((unit) => unit.createCollection('db', 'c', emptyDocument));
    expect(two.read(documentsOf)).toEqual([{ _id: 1 }]);
    await expect(two.write(change(1, { _id: 1, a: 2 }))).rejects.toMatchObject(conflict);
  });

  it('keep the multikey flags of both where a transaction and a write outside each set one', async () => {
    const transaction = begin(1);
    await transaction.write(insert({ _id: 1, a: [1, 2] }));
    await fixture.storage.write(insert({ _id: 2, e: ['x', 'y'] }));
    expect(transaction.read((unit) => collectionOf(unit).indexes.map(({ multikey }) => multikey))).toEqual([false, true, false]);
    await commit(1);
    expect(fixture.read((unit) => collectionOf(unit).indexes.map(({ multikey }) => multikey))).toEqual([false, true, true]);
    await fixture.storage.write(change(1, undefined));
    await fixture.storage.write(change(2, undefined));
  });
});
