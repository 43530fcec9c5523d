import { Timestamp } from 'bson';
import type { Collection, Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { engineUnderTest, rejection, type EngineUnderTest } from '../running-engine.fixture.js';
import type { Snapshot } from '../storage/units.js';
import { snapshotLifetime_ms, SnapshotReads } from './snapshot-reads.js';

describe('reads with read concern snapshot', () => {
  let under: EngineUnderTest;
  let client: MongoClient;
  let items: Collection<{ _id: number }>;

  beforeAll(async () => {
    under = await engineUnderTest({ authorization: false });
    client = await under.client();
  });

  beforeEach(async () => {
    items = client.db('snapshots').collection('items');
    await items.deleteMany({});
    await items.insertMany([{ _id: 1 }, { _id: 2 }, { _id: 3 }]);
  });

  afterAll(async () => {
    await under.close();
  });

  it('of one session see one state, whatever is written meanwhile', async () => {
    const session = client.startSession({ snapshot: true });
    expect(await items.find({}, { session }).toArray()).toHaveLength(3);
    await items.insertOne({ _id: 4 });
    expect(await items.find({}, { session }).toArray()).toHaveLength(3);
    expect(await items.distinct('_id', {}, { session })).toEqual([1, 2, 3]);
    expect(await items.aggregate([{ $count: 'n' }], { session }).toArray()).toEqual([{ n: 3 }]);
    expect(await items.countDocuments()).toBe(4);
    await session.endSession();
  });

  it('go on in their cursors with the state that they began with', async () => {
    const session = client.startSession({ snapshot: true });
    const cursor = items.find({}, { session, batchSize: 1, sort: { _id: 1 } });
    await cursor.next();
    await items.deleteMany({});
    expect(await cursor.toArray()).toEqual([{ _id: 2 }, { _id: 3 }]);
    await session.endSession();
  });

  it.each([
    ['name a time that is not kept', { find: 'items', readConcern: { level: 'snapshot', atClusterTime: new Timestamp({ t: 1, i: 1 }) } }, 239],
    ['name a time that has not come', { find: 'items', readConcern: { level: 'snapshot', atClusterTime: new Timestamp({ t: 0xfffffff0, i: 1 }) } }, 72],
    ['name a time and no snapshot', { find: 'items', readConcern: { level: 'majority', atClusterTime: new Timestamp({ t: 1, i: 1 }) } }, 72],
    ['are counts', { count: 'items', readConcern: { level: 'snapshot' } }, 72],
    ['write', { aggregate: 'items', pipeline: [{ $out: 'copy' }], cursor: {}, readConcern: { level: 'snapshot' } }, 72],
  ])('are refused where they %s', async (_name, command: Document, code) => {
    expect(await rejection(client.db('snapshots').command(command))).toMatchObject({ code });
  });

  it('have no change from after the time that they name', async () => {
    const database = client.db('snapshots');
    for (let round = 0; round < 50; round += 1) {
      const [{ operationTime }, { cursor }] = await Promise.all([
        database.command({ insert: 'timed', documents: [{ round }] }),
        database.command({ find: 'timed', filter: { round }, readConcern: { level: 'snapshot' } }),
      ]) as [{ operationTime: Timestamp }, { cursor: { firstBatch: Document[]; atClusterTime: Timestamp } }];
      if (cursor.firstBatch.length > 0) expect(cursor.atClusterTime.greaterThanOrEqual(operationTime)).toBe(true);
    }
  });
});

describe('kept snapshots', () => {
  const state = { now_ms: 0, time: 1n, open: 0 };
  const storage = {
    pinSnapshot: (): Snapshot => {
      state.open += 1;
      return { close: () => void (state.open -= 1) } as Snapshot;
    },
  };
  const reads = (): SnapshotReads =>
    new SnapshotReads({ storage, clock: { now_ms: () => state.now_ms }, logicalClock: { newest: () => state.time } as ConstructorParameters<typeof SnapshotReads>[0]['logicalClock'] });

  beforeEach(() => {
    Object.assign(state, { now_ms: 0, time: 1n, open: 0 });
  });

  it('are shared by those who read the same state', () => {
    const kept = reads();
    expect(kept.at(undefined)).toBe(kept.at(1n));
    expect(state.open).toBe(1);
  });

  it('are let go of after a minute, and their readers told so', () => {
    const kept = reads();
    const old = kept.at(undefined);
    state.now_ms = snapshotLifetime_ms / 2;
    state.time = 2n;
    kept.at(undefined);
    state.now_ms = snapshotLifetime_ms;
    kept.expire();
    expect(state.open).toBe(1);
    expect(() => old.read(() => 0)).toThrow(/older than the oldest available timestamp/u);
  });

  it('are so many at most', () => {
    const kept = reads();
    for (let time = 1n; time <= 150n; time += 1n) {
      state.time = time;
      kept.at(undefined);
    }
    expect(state.open).toBe(100);
    kept.closeAll();
    expect(state.open).toBe(0);
  });
});
