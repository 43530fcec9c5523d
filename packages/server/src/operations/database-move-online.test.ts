// Online moves: how little is read while writers are stopped, how long a copy may take, and what cannot be copied document by document.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEngine } from '@freehold/engine';
import { MongoClient, type Db, type Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterDirectory } from '../ports/cluster.js';
import type { DatabaseContents } from '../ports/database-contents.js';
import type { Actor } from '../services/contracts.js';
import { connectControlPlane, startControlPlane, type ControlPlane, type Replica } from '../testing/control-plane.fixture.js';

let plane: ControlPlane;
let root: MongoClient;
beforeAll(async () => {
  plane = await startControlPlane();
  root = new MongoClient(plane.testCluster.uri);
});
afterAll(async () => {
  await root.close();
  await plane.stop();
});

const wish = { on_conflict: 'fail', delete_source: false, back_out_seconds: 3600 } as const;

interface Pair {
  readonly actor: Actor;
  readonly from: { readonly id: string; readonly db: Db };
  readonly to: { readonly id: string; readonly db: Db };
}

async function pair(of: ControlPlane, client: MongoClient): Promise<Pair> {
  const actor = await of.newActor();
  const { databases } = of.replica();
  const made = async (name: string) => {
    const { database } = await databases.create(actor, { name, environment: 'development' });
    return { id: database.id, db: client.db(database.mongo_database) };
  };
  return { actor, from: await made('from'), to: await made('to') };
}

async function move(of: ControlPlane, by: Replica, { actor, from, to }: Pair, mode: 'online' | 'offline' = 'online') {
  const operationId = await by.moves.migrate(actor, from.id, { ...wish, mode, target_database_id: to.id });
  await by.journal.idle();
  const record = (await of.connection.control.operations.find(operationId))!;
  const notDone = record.steps.filter(({ state }) => state !== 'done').map(({ name, state, error_code }) => ({ name, state, error_code }));
  expect({ state: record.state, error: record.error_code, result: record.result, notDone }).toMatchObject({ state: 'succeeded', error: null, notDone: [] });
  return record;
}

/** Everything in a database; measurements in an order of their own. */
async function contentsOf(db: Db): Promise<unknown> {
  const found = (await db.listCollections().toArray()).filter(({ name }) => !name.startsWith('system.')).sort((a, b) => (a.name < b.name ? -1 : 1)) as Document[];
  return Promise.all(found.map(async ({ name, type, options }) => ({
    name, type, options,
    documents: type === 'view' ? [] : (await db.collection(name as string).find({}, { promoteValues: false }).toArray()).map((document) => JSON.stringify(document)).sort(),
    indexes: type === 'view' ? [] : (await db.collection(name as string).indexes()).map((index) => JSON.stringify(index)).sort(),
  })));
}

interface Reads {
  documents: number;
  changes: number;
}

function counted(contents: DatabaseContents, reads: Reads): DatabaseContents {
  async function* each<Item>(items: AsyncIterable<Item>, count: (item: Item) => void): AsyncGenerator<Item, void> {
    for await (const item of items) {
      count(item);
      yield item;
    }
  }
  const counting: Partial<DatabaseContents> = {
    read: (...given) => each(contents.read(...given), (batch) => (reads.documents += batch.length)),
    changes: (...given) => each(contents.changes(...given), ({ changes }) => (reads.changes += changes.length)),
    digests: async (collection, ids) => {
      reads.documents += ids.length;
      return contents.digests(collection, ids);
    },
    fingerprint: async (...given) => {
      const found = await contents.fingerprint(...given);
      reads.documents += found.documents;
      return found;
    },
  };
  return new Proxy(contents, { get: (target, property) => {
    const member: unknown = Reflect.get(counting, property) ?? Reflect.get(target, property, target);
    return typeof member === 'function' ? (member as (...given: unknown[]) => unknown).bind(target) : member;
  } });
}

/** The directory's clusters, and what is read from them in copying. */
function countingReads(clusters: ClusterDirectory, reads: Reads): ClusterDirectory {
  return {
    cluster: async (id) => {
      const cluster = await clusters.cluster(id);
      return new Proxy(cluster, { get: (target, property) => {
        if (property === 'contents') return (database: string) => counted(target.contents(database), reads);
        const member: unknown = Reflect.get(target, property, target);
        return typeof member === 'function' ? (member as (...given: unknown[]) => unknown).bind(target) : member;
      } });
    },
  };
}

const numbered = (count: number): Document[] => Array.from({ length: count }, (_, index) => ({ _id: index as never, text: `document ${index}` }));

describe('while writers are stopped', () => {
  it.each([0, 20])('as much is read as was written since the last round before (%i documents), however much there is', async (written) => {
    const databases = await pair(plane, root);
    const { from, to } = databases;
    await from.db.collection('things').insertMany(numbered(3000));
    await from.db.collection('things').createIndexes([{ key: { text: 1 } }, { key: { at: 1 }, expireAfterSeconds: 3600 }]);
    const reads: Reads = { documents: 0, changes: 0 };
    let [before, stop]: [Reads, Reads] = [{ ...reads }, { ...reads }];
    const mover = plane.replica({ clusters: countingReads(plane.clusters, reads), onStep: async ({ step, moment }) => {
      if (step === 'catch_up' && moment === 'after') {
        for (let index = 0; index < written; index += 1) await from.db.collection<{ _id: number }>('things').updateOne({ _id: index * 100 }, { $set: { changed: true } }, { upsert: true });
      }
      if (step === 'freeze' && moment === 'before') before = { ...reads };
      if (step === 'settle_target' && moment === 'after') stop = { documents: reads.documents - before.documents, changes: reads.changes - before.changes };
    } });
    const record = await move(plane, mover, databases);
    expect(before.documents).toBeGreaterThanOrEqual(3 * 3000);
    // Each on both sides, and once more at the most.
    expect(stop.documents).toBeGreaterThanOrEqual(2 * written);
    expect(stop.documents).toBeLessThanOrEqual(4 * written);
    // Fences are changes too.
    expect(stop.changes).toBeLessThanOrEqual(written + 10);
    expect(record.result).toMatchObject({ documents: 3000, collections: 1 });
    expect(await contentsOf(to.db)).toEqual(await contentsOf(from.db));
  });

  it('a document that somebody has changed in the copy after it was compared is found out', async () => {
    const { actor, from, to } = await pair(plane, root);
    await from.db.collection('things').insertMany(numbered(100));
    const meddled = plane.replica({ onStep: async ({ step, moment, direction }) => {
      if (direction === 'apply' && step === 'catch_up' && moment === 'after') await to.db.collection<{ _id: number }>('things').updateOne({ _id: 50 }, { $set: { meddled: true } });
    } });
    const operationId = await meddled.moves.migrate(actor, from.id, { ...wish, mode: 'online', target_database_id: to.id });
    await meddled.journal.idle();
    expect(await plane.connection.control.operations.find(operationId)).toMatchObject({ state: 'failed', error_code: 'MOVE_REFUSED', result: { reason: 'verification_failed', collections: ['things'] } });
    expect(await contentsOf(to.db)).toEqual([]);
  });
});

describe('a copy', () => {
  it('that takes longer than the cluster keeps its history goes on, while documents come, change and go', async () => {
    const dataDirectory = await mkdtemp(join(tmpdir(), 'freehold-oplog-'));
    const engine = await startEngine({ dataDirectory, port: 0, rootUser: { user: 'root', password: 'root' }, oplog: { sizeMb: 8 } });
    const uri = `mongodb://root:root@${engine.host}:${engine.port}/?authSource=admin&directConnection=true`;
    const small = await connectControlPlane({ uri, isExternal: true, stop: () => Promise.resolve() }, 'freehold_small');
    const client = new MongoClient(uri);
    let isCopying = false;
    let writer: Promise<void> = Promise.resolve();
    try {
      const databases = await pair(small, client);
      const things = databases.from.db.collection<{ _id: number }>('things');
      // Three times what is kept: the copy itself is written to the same history.
      // Each is small: what is changed meanwhile is written to it whole, a batch of changes at a time.
      for (let batch = 0; batch < 24; batch += 1) await things.insertMany(Array.from({ length: 100 }, (_, index) => ({ _id: batch * 100 + index, text: 'x'.repeat(10_000) })));
      let changed = 0;
      const writing = async (): Promise<void> => {
        for (; isCopying; changed += 1) {
          await things.updateOne({ _id: 2399 - changed % 200 }, { $set: { changed } });
          await things.deleteOne({ _id: changed % 2400 });
          await things.insertOne({ _id: 10_000 + changed });
        }
      };
      const mover = small.replica({ onStep: async ({ step, moment }) => {
        if (step === 'copy' && moment === 'before') {
          isCopying = true;
          writer = writing();
        }
        if (step !== 'copy' || moment !== 'after') return;
        isCopying = false;
        await writer;
      } });
      await move(small, mover, databases);
      expect(changed).toBeGreaterThan(0);
      expect(await contentsOf(databases.to.db)).toEqual(await contentsOf(databases.from.db));
    } finally {
      isCopying = false;
      await writer;
      await Promise.all([client.close(), small.stop()]);
      await engine.stop();
      await rm(dataDirectory, { recursive: true, force: true });
    }
  });

  it.each(['offline', 'online'] as const)('%s, brings over collections, indexes and views with collations, and ids that are equal by them', async (mode) => {
    const databases = await pair(plane, root);
    const { from, to } = databases;
    const collation = { locale: 'de', strength: 2 };
    await from.db.createCollection('names', { collation });
    await from.db.collection<{ _id: string }>('names').insertMany([{ _id: 'Äpfel' }, { _id: 'zebra' }, { _id: 'b' }]);
    await from.db.collection('names').createIndexes([{ key: { name: 1 } }, { key: { other: 1 }, collation: { locale: 'simple' } }]);
    await from.db.collection('plain').createIndexes([{ key: { name: 1 }, collation, unique: true }]);
    await from.db.createCollection('sorted', { viewOn: 'names', pipeline: [], collation });
    const mover = plane.replica({ onStep: async ({ step, moment }) => {
      if (mode !== 'online' || step !== 'begin' || moment !== 'after') return;
      // The same id by the collation, and not the same document.
      await from.db.collection<{ _id: string }>('names').deleteOne({ _id: 'b' });
      await from.db.collection<{ _id: string }>('names').insertOne({ _id: 'B' });
    } });
    await move(plane, mover, databases, mode);
    expect(await contentsOf(to.db)).toEqual(await contentsOf(from.db));
    expect(await to.db.collection('names').find({}, { sort: { _id: 1 } }).map(({ _id }) => String(_id)).toArray()).toEqual(['Äpfel', mode === 'online' ? 'B' : 'b', 'zebra']);
  });

  it.each(['offline', 'online'] as const)('%s, brings over time series, those without ids and those with the same ones too', async (mode) => {
    const databases = await pair(plane, root);
    const { from, to } = databases;
    const at = (minute: number): Date => new Date(1_700_000_000_000 + minute * 60_000);
    const measurements = (count: number, from_: number): Document[] => Array.from({ length: count }, (_, index) => ({ at: at(from_ + index), sensor: { id: index % 3 }, value: index / 2, _id: index % 10 }));
    await from.db.createCollection('weather', { timeseries: { timeField: 'at', metaField: 'sensor', granularity: 'minutes' } });
    await from.db.collection('weather').insertMany(measurements(1500, 0));
    await from.db.collection('weather').createIndexes([{ key: { 'sensor.id': 1, at: 1 } }]);
    const mover = plane.replica({ onStep: async ({ step, moment }) => {
      if (mode === 'online' && step === 'copy' && moment === 'after') await from.db.collection('weather').insertMany(measurements(30, 5000));
    } });
    const record = await move(plane, mover, databases, mode);
    expect(record.result).toMatchObject({ documents: mode === 'online' ? 1530 : 1500 });
    // Its owner is told before anything is copied.
    expect(record.progress?.copied_whole).toEqual(mode === 'online' ? ['weather'] : []);
    expect(await contentsOf(to.db)).toEqual(await contentsOf(from.db));
  });
});
