import type { Collection, Db, Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineUnderTest, rejection, type EngineUnderTest } from '../running-engine.fixture.js';

let server: EngineUnderTest;
let client: MongoClient;
let database: Db;
const documents = 12_000;

beforeAll(async () => {
  server = await engineUnderTest({ authorization: false });
  client = await server.client();
  database = client.db('indexes');
});

afterAll(() => server.close());

async function filled(name: string): Promise<Collection<{ _id: number } & Document>> {
  const collection = database.collection<{ _id: number } & Document>(name);
  for (let first = 0; first < documents; first += 2000) {
    // One after the other: ids then follow the order of insertion.
    await collection.insertMany(Array.from({ length: 2000 }, (_, i) => ({ _id: first + i, n: (first + i) % 977, code: first + i, tags: ['a', (first + i) % 7] })));
  }
  return collection;
}

const names = async (collection: Collection<{ _id: number }>): Promise<string[]> => (await collection.listIndexes().toArray()).map(({ name }) => String(name));

async function whileBuilding(work: () => Promise<unknown>, build: Promise<unknown>): Promise<number> {
  let times = 0;
  const state = { isBuilding: true };
  const ended = build.catch(() => undefined).finally(() => (state.isBuilding = false));
  while (state.isBuilding) {
    // Each waits for the one before: what is counted is how often somebody got a turn.
    await work();
    times += 1;
  }
  await ended;
  return times;
}

describe('createIndexes on a large collection', () => {
  it('lets others read and write meanwhile, and fits what they wrote', async () => {
    const collection = await filled('live');
    const build = collection.createIndexes([{ key: { n: 1, code: -1 }, name: 'n' }, { key: { tags: 1 }, name: 'tags' }]);
    let next = documents;
    const turns = await whileBuilding(async () => {
      next += 1;
      await collection.insertOne({ _id: next, n: -1, code: next, tags: [] });
      await collection.updateOne({ _id: next % documents }, { $set: { n: -2, tags: ['changed'] } });
      await collection.deleteOne({ _id: (next * 31) % documents });
    }, build);
    await build;
    // How many there are is the machine's business; behind a build that let nobody in there would be one.
    expect(turns).toBeGreaterThan(1);
    expect(await names(collection)).toEqual(['_id_', 'n', 'tags']);
    expect(await database.command({ validate: 'live', full: true })).toMatchObject({ valid: true });
    expect(await collection.countDocuments({ n: -1 })).toBe(await collection.countDocuments({ n: -1 }, { hint: 'n' }));
  });

  it('refuses a unique one that cannot be, leaves nothing of it, and builds it when it can be', async () => {
    const collection = await filled('unique');
    await collection.updateOne({ _id: documents - 1 }, { $set: { code: 5 } });
    expect(await rejection(collection.createIndexes([{ key: { code: 1 }, unique: true }, { key: { n: 1 } }]))).toMatchObject({ code: 11_000 });
    expect(await names(collection)).toEqual(['_id_']);
    await collection.deleteOne({ _id: documents - 1 });
    await collection.createIndexes([{ key: { code: 1 }, unique: true }]);
    expect(await rejection(collection.insertOne({ _id: -1, code: 7 }))).toMatchObject({ code: 11_000 });
  });

  it('is built once where two ask for it', async () => {
    const collection = await filled('twice');
    await Promise.all([collection.createIndex({ n: 1 }), collection.createIndex({ n: 1 })]);
    expect(await names(collection)).toEqual(['_id_', 'n_1']);
  });

  it('shows how far it is in currentOp, and ends when it is killed', async () => {
    const collection = await filled('killed');
    const failed = rejection(collection.createIndex({ n: 1, tags: 1 }));
    let shown: Document | undefined;
    while (shown?.['progress'] === undefined) {
      const operations = await client.db('admin').aggregate([{ $currentOp: { allUsers: true } }, { $match: { 'command.createIndexes': 'killed' } }]).toArray();
      shown = operations[0] ?? shown;
    }
    expect(shown['progress']).toMatchObject({ total: documents });
    await client.db('admin').command({ killOp: 1, op: shown['opid'] });
    expect(await failed).toMatchObject({ code: 11_601 });
    expect(await names(collection)).toEqual(['_id_']);
    await collection.createIndex({ n: 1, tags: 1 });
    expect(await database.command({ validate: 'killed', full: true })).toMatchObject({ valid: true });
  });

  it('ends when the collection is dropped', async () => {
    const collection = await filled('dropped');
    const failed = rejection(collection.createIndex({ n: 1 }));
    await client.db('admin').command({ ping: 1 });
    await collection.drop();
    expect([26, 276]).toContain((await failed).code);
  });
});
