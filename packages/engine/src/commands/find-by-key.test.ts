// What find does with the keys of an index: `min`, `max`, `returnKey`, and with places of records: `showRecordId`.
import type { Collection, Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineUnderTest, rejection, type EngineUnderTest } from '../running-engine.fixture.js';

let under: EngineUnderTest;
let client: MongoClient;
let items: Collection;

beforeAll(async () => {
  under = await engineUnderTest({ authorization: false });
  client = await under.client();
  items = client.db('keys').collection('items');
  await items.insertMany(Array.from({ length: 10 }, (_, i) => ({ _id: i as never, a: i % 5, b: -i, tags: [i, i + 10] })));
  await items.createIndexes([{ key: { a: 1, b: -1 }, name: 'a_b' }, { key: { b: 1 }, name: 'b' }, { key: { tags: 1 }, name: 'tags' }]);
  await client.db('keys').createCollection('view', { viewOn: 'items', pipeline: [] });
});

afterAll(async () => {
  await under.close();
});

const ids = async (options: Document, filter: Document = {}): Promise<unknown[]> => (await items.find(filter, options).toArray()).map(({ _id }) => _id);

describe('min and max', () => {
  it.each([
    ['a first key', { min: { b: -3 }, hint: { b: 1 } }, [3, 2, 1, 0]],
    ['a key to end before', { max: { b: -7 }, hint: 'b' }, [9, 8]],
    ['both', { min: { b: -6 }, max: { b: -3 }, hint: 'b' }, [6, 5, 4]],
    ['keys of several fields, one of them descending', { min: { a: 1, b: -1 }, max: { a: 2, b: -7 }, hint: 'a_b' }, [1, 6, 2]],
    ['an order against the index', { min: { b: -6 }, max: { b: -3 }, hint: 'b', sort: { b: -1 } }, [4, 5, 6]],
    ['another order', { min: { b: -6 }, max: { b: -3 }, hint: 'b', sort: { a: 1 } }, [5, 6, 4]],
    ['an array\'s elements, each document once', { min: { tags: 8 }, max: { tags: 12 }, hint: 'tags' }, [8, 9, 0, 1]],
  ])('take %s', async (_name, options: Document, expected) => {
    expect(await ids(options)).toEqual(expected);
  });

  it('leave the filter in force', async () => {
    expect(await ids({ min: { b: -6 }, hint: 'b' }, { a: { $lt: 1 } })).toEqual([5, 0]);
  });

  it.each([
    ['no hint', { min: { b: 1 } }, 51173],
    ['a hint of another index', { min: { b: 1 }, hint: 'a_b' }, 51174],
    ['a min behind the max', { min: { b: 1 }, max: { b: 0 }, hint: 'b' }, 51175],
    ['different fields', { min: { b: 1 }, max: { a: 1, b: 0 }, hint: 'b' }, 51176],
    ['a natural hint', { min: { b: 1 }, hint: { $natural: 1 } }, 2],
  ])('are refused with %s', async (_name, options: Document, code) => {
    expect(await rejection(ids(options))).toMatchObject({ code });
  });
});

describe('returnKey', () => {
  it.each([
    ['the key of the index that was used', { b: -4 }, { hint: 'a_b' }, [{ a: 4, b: -4 }]],
    ['the _id of a look-up by it', { _id: 4 }, {}, [{ _id: 4 }]],
    ['nothing of a document that no index found', { b: -4 }, { hint: { $natural: 1 } }, [{}]],
    ['the element that was met', { tags: 14 }, { hint: 'tags' }, [{ tags: 14 }]],
  ])('gives %s', async (_name, filter: Document, options: Document, expected) => {
    expect(await items.find(filter, { ...options, returnKey: true, projection: { nothing: 1 } }).toArray()).toEqual(expected);
  });
});

describe('showRecordId', () => {
  it('gives each document\'s place behind its fields', async () => {
    const found = await items.find({}, { showRecordId: true, projection: { a: 1 }, sort: { _id: 1 }, limit: 3 }).toArray();
    expect(found).toEqual([0, 1, 2].map((id) => ({ _id: id, a: id, $recordId: id + 1 })));
  });
});

describe('a view', () => {
  it.each([['min and max', { min: { b: 1 }, hint: 'b' }], ['returnKey', { returnKey: true }], ['showRecordId', { showRecordId: true }]])('has no %s', async (_name, options: Document) => {
    expect(await rejection(client.db('keys').collection('view').find({}, options).toArray())).toMatchObject({ code: 168 });
  });
});
