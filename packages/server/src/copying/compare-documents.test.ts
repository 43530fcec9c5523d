// Both sides are read once, and exactly what differs is marked, however much comes behind it.
import { BSON, MongoClient, ObjectId } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MongoCluster } from '../adapters/mongodb/cluster.js';
import { systemClock } from '../adapters/system/clock.js';
import type { DatabaseContents } from '../ports/database-contents.js';
import { startTestCluster, type TestCluster } from '../testing/start-test-cluster.js';
import { compareCollection, compareMarked } from './compare-documents.js';
import { CopyNotes } from './copy-notes.js';
import { copyParts, type CopyParts } from './copy-parts.js';

const things = { name: 'things', kind: 'collection', isCapped: false, options: {}, indexes: [] } as const;

let testCluster: TestCluster;
let cluster: MongoCluster;
let names: readonly [string, string];
let parts: CopyParts;
beforeAll(async () => {
  testCluster = await startTestCluster();
  cluster = new MongoCluster({ id: 'primary', uri: testCluster.uri });
});
beforeEach(() => {
  names = [`compare_${new ObjectId().toHexString()}`, `compare_${new ObjectId().toHexString()}`];
  const [source, target] = names.map((name) => cluster.contents(name)) as [DatabaseContents, DatabaseContents];
  parts = copyParts({ source, target, notes: new CopyNotes({ checkpoint: {}, note: () => Promise.resolve() }, systemClock), clock: systemClock, signal: new AbortController().signal });
});
afterAll(async () => {
  const root = await MongoClient.connect(testCluster.uri);
  await Promise.all(names.map((name) => root.db(name).dropDatabase()));
  await Promise.all([root.close(), cluster.close()]);
  await testCluster.stop();
});

const document = (_id: number, text = 'the same'): Uint8Array => BSON.serialize({ _id, text });
const range = (from: number, to: number): Uint8Array[] => Array.from({ length: to - from }, (_, index) => document(from + index));

async function marked(): Promise<number[]> {
  return (await parts.target.marks(null, 100_000)).map(({ id }) => Number(BSON.deserialize(id)['_id'])).sort((a, b) => a - b);
}

describe('comparing a collection with its copy', () => {
  it.each([
    ['are the same', range(0, 2500), range(0, 2500), []],
    ['differ in one document', [...range(0, 1200), document(1200, 'another'), ...range(1201, 2500)], range(0, 2500), [1200]],
    ['miss some on either side', [...range(0, 500), ...range(502, 2500)], [...range(0, 1000), ...range(1001, 2499)], [500, 501, 1000, 2499]],
    ['have nothing in common', range(0, 30), range(100, 120), [...Array.from({ length: 30 }, (_, index) => index), ...Array.from({ length: 20 }, (_, index) => 100 + index)]],
    ['where one has nothing', [], range(0, 3), [0, 1, 2]],
  ] as const)('marks what differs in two that %s', async (_name, here, there, expected) => {
    await parts.source.insert('things', here);
    await parts.target.insert('things', there);
    const note = parts.notes.of(things);
    await compareCollection(parts, things, note);
    expect(await marked()).toEqual(expected);
    expect(note.is_compared).toBe(true);
    expect(await compareMarked(parts)).toEqual({ count: expected.length, collections: new Set(expected.length === 0 ? [] : ['things']) });
  });

  it('takes a mark away once both sides have the same, and goes on where its note says', async () => {
    await parts.source.insert('things', range(0, 100));
    await parts.target.insert('things', [...range(0, 40), document(40, 'old'), ...range(42, 100)]);
    const note = parts.notes.of(things);
    note.compared_id = Buffer.from(BSON.serialize({ _id: 41 })).toString('base64');
    await compareCollection(parts, things, note);
    expect(await marked()).toEqual([41]);
    note.compared_id = null;
    await compareCollection(parts, things, note);
    expect(await marked()).toEqual([40, 41]);
    await parts.target.apply([{ kind: 'replace', collection: 'things', id: BSON.serialize({ _id: 40 }), document: document(40) }]);
    expect((await compareMarked(parts)).count).toBe(1);
    expect(await marked()).toEqual([41]);
  });
});
