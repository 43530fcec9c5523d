import type { Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkCollection } from '../execution/catalog/check-collection.js';
import { engineUnderTest, type EngineUnderTest } from '../running-engine.fixture.js';
import type { IndexPosition, ReadUnit } from '../storage/units.js';
import { openStorage } from '../storage/open-storage.js';
import { encodeDocument } from '../bson/values.js';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let under: EngineUnderTest;
let client: MongoClient;

beforeAll(async () => {
  under = await engineUnderTest({ authorization: false });
  client = await under.client();
});

afterAll(async () => {
  await under.close();
});

const long = 'x'.repeat(3000);

it.each<[string, Document, Document]>([
  ['plain', { a: 1 }, {}],
  ['descending and compound', { a: -1, b: 1 }, {}],
  ['unique, of keys too long to be kept whole', { long: 1 }, { unique: true }],
  ['of keys too long to be kept whole', { long: 1 }, {}],
  ['multikey', { list: 1 }, {}],
  ['sparse', { sometimes: 1 }, { sparse: true }],
  ['partial', { a: 1 }, { partialFilterExpression: { a: { $gt: 50 } } }],
  ['hashed', { a: 'hashed' }, {}],
  ['wildcard', { '$**': 1 }, {}],
  ['of a language', { text: 1 }, { collation: { locale: 'en', strength: 2 } }],
])('an index that is %s agrees with its documents', async (_name, key, options) => {
  const db = client.db('checked');
  await db.collection('things').drop();
  const things = await db.createCollection('things');
  await db.command({ createIndexes: 'things', indexes: [{ key, name: 'checked', ...options }] });
  await things.insertMany(Array.from({ length: 200 }, (_, n) => ({
    a: n, b: n % 7, long: `${long}${n}`, list: [n, n + 1, [n]], text: n % 2 === 0 ? `Straße ${n}` : `strasse ${n}`, ...(n % 3 === 0 ? { sometimes: n } : {}),
  })));
  await things.updateMany({ a: { $lt: 20 } }, { $inc: { a: 1000 } });
  await things.deleteMany({ b: 3 });
  expect(await db.command({ validate: 'things', full: true })).toMatchObject({ valid: true, errors: [] });
});

it('an index that has another key than its document is damaged, though there are as many', async () => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'freehold-validate-'));
  const storage = await openStorage({ dataDirectory });
  try {
    await storage.write((unit) => {
      const collection = unit.createCollection('db', 'c', encodeDocument({}));
      for (let id = 0; id < 10; id += 1) unit.insert(collection, encodeDocument({ _id: id }));
    });
    const unit = storage.openSnapshot();
    const swapped = (position: IndexPosition): IndexPosition => ({ ...position, recordId: position.recordId, numberTypes: position.numberTypes, position: position.position, encodedKey: Buffer.concat([position.encodedKey, Buffer.from([1])]) });
    const damaged: ReadUnit = Object.assign(Object.create(unit) as ReadUnit, {
      *scanIndex(...scan: Parameters<ReadUnit['scanIndex']>) {
        let count = 0;
        for (const position of unit.scanIndex(...scan)) yield (count += 1) === 5 ? swapped(position) : position;
      },
    });
    const errorsOf = (checked: ReadUnit): readonly string[] => {
      const steps = checkCollection(checked, checked.collection('db', 'c')!);
      for (;;) {
        const next = steps.next();
        if (next.done === true) return next.value.errors;
      }
    };
    expect(errorsOf(unit)).toEqual([]);
    expect(errorsOf(damaged)).toEqual(["index '_id_' has other keys than its documents"]);
    unit.close();
  } finally {
    await storage.close();
    await rm(dataDirectory, { recursive: true, force: true });
  }
});

it('databases of equal contents have equal hashes, whatever was written on the way', async () => {
  const hashOf = async (name: string): Promise<unknown> => (await client.db(name).command({ dbHash: 1 }))['collections'] as unknown;
  for (const [name, order] of [['hashed1', [1, 2, 3]], ['hashed2', [3, 1, 2]]] as const) {
    const things = client.db(name).collection('things');
    await things.insertOne({ _id: 9 as never });
    for (const id of order) await things.insertOne({ _id: id as never, a: id });
    await things.deleteOne({ _id: 9 as never });
  }
  expect(await hashOf('hashed1')).toEqual(await hashOf('hashed2'));
  await client.db('hashed2').collection('things').updateOne({ _id: 1 as never }, { $set: { a: 5 } });
  expect(await hashOf('hashed1')).not.toEqual(await hashOf('hashed2'));
});
