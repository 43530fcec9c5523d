// How fast a move copies, against the loop that anybody would write: a cursor whose documents go to `insertMany` in batches. The copy does more: it
// keeps the documents as the bytes they are, and writes down how far it is. Both on the same engine, in turn, into empty collections.
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MongoClient, type Collection, type Document } from 'mongodb';
import { MongoCluster } from '../../../packages/server/src/adapters/mongodb/cluster.js';
import { systemClock } from '../../../packages/server/src/adapters/system/clock.js';
import { copyCollections } from '../../../packages/server/src/copying/copy-collections.js';
import { CopyNotes } from '../../../packages/server/src/copying/copy-notes.js';
import { copyParts } from '../../../packages/server/src/copying/copy-parts.js';
import { takeNames } from '../../../packages/server/src/copying/take-names.js';
import type { Measurement } from '../measure.js';
import { engineReady, freePort, root, start, temporaryFolder } from '../processes.js';
import type { Result } from '../report.js';

const documentsPerBatch = 1000;
const rounds = 3;

function order(index: number): Document {
  return {
    customer: `customer ${index % 977}`, placed_at: new Date(1_700_000_000_000 + index), total: index * 1.5, paid: index % 3 === 0,
    lines: Array.from({ length: 5 }, (_, line) => ({ article: `article ${(index * 7 + line) % 4001}`, count: line + 1, price: 9.99 })), note: 'x'.repeat(200),
  };
}

/** What is copied: so many collections with so many documents each. */
interface Shape {
  readonly scenario: string;
  readonly database: string;
  readonly collections: number;
  readonly documents: number;
  readonly document: (index: number) => Document;
}

const shapes: readonly Shape[] = [
  { scenario: 'copy a collection (documents/s)', database: 'orders', collections: 1, documents: 50_000, document: order },
  { scenario: 'copy large documents (documents/s)', database: 'large', collections: 1, documents: 300, document: (index) => ({ index, text: String(index % 10).repeat(256 * 1024) }) },
  { scenario: 'copy many small collections (documents/s)', database: 'small', collections: 150, documents: 20, document: order },
];

async function fill(mongo: MongoClient, { database, collections, documents, document }: Shape): Promise<void> {
  // One batch after the other: this is not what is measured.
  for (let number = 0; number < collections; number += 1) {
    for (let from = 0; from < documents; from += documentsPerBatch) {
      await mongo.db(database).collection(`c${number}`).insertMany(Array.from({ length: Math.min(documentsPerBatch, documents - from) }, (_, index) => document(from + index)));
    }
  }
}

async function copyCollectionByHand(from: Collection, to: Collection): Promise<void> {
  let batch: Document[] = [];
  for await (const document of from.find({}, { batchSize: documentsPerBatch })) {
    batch.push(document);
    if (batch.length < documentsPerBatch) continue;
    await to.insertMany(batch, { ordered: false });
    batch = [];
  }
  if (batch.length > 0) await to.insertMany(batch, { ordered: false });
}

/** The loop that anybody would write. */
async function copyByHand(mongo: MongoClient, { database }: Shape, to: string): Promise<void> {
  for (const { name } of await mongo.db(database).listCollections({}, { nameOnly: true }).toArray()) await copyCollectionByHand(mongo.db(database).collection(name), mongo.db(to).collection(name));
}

async function copyAsMove(mongo: MongoClient, cluster: MongoCluster, { database }: Shape, to: string): Promise<void> {
  const record = mongo.db('bench_control').collection<{ _id: string }>('operations');
  const note = async (notes: object): Promise<void> => {
    await record.updateOne({ _id: to }, { $set: notes }, { upsert: true });
  };
  const parts = copyParts({ source: cluster.contents(database), target: cluster.contents(to), notes: new CopyNotes({ checkpoint: {}, note }, systemClock), clock: systemClock, signal: new AbortController().signal });
  await takeNames(parts, await parts.source.list());
  await copyCollections(parts, () => true);
}

async function timed(work: () => Promise<void>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

function asMeasurement(documents: number, times_ms: readonly number[]): Measurement {
  const total_ms = times_ms.reduce((sum, time) => sum + time, 0);
  const [p50_ms, p99_ms] = [times_ms.toSorted((a, b) => a - b)[Math.floor(times_ms.length / 2)]!, Math.max(...times_ms)];
  return { operations: documents * times_ms.length, perSecond: (documents * times_ms.length * 1000) / total_ms, p50_ms, p95_ms: p99_ms, p99_ms };
}

async function measureShape(mongo: MongoClient, cluster: MongoCluster, shape: Shape): Promise<Result> {
  await fill(mongo, shape);
  const [ours, peer]: [number[], number[]] = [[], []];
  // Once without the clock: whoever comes first would also pay for code that is not compiled yet.
  await copyAsMove(mongo, cluster, shape, `${shape.database}_a`);
  await copyByHand(mongo, shape, `${shape.database}_b`);
  for (let round = 0; round < rounds; round += 1) {
    // In turn, so that neither has the better half of the machine's day.
    ours.push(await timed(() => copyAsMove(mongo, cluster, shape, `${shape.database}_a${round}`)));
    peer.push(await timed(() => copyByHand(mongo, shape, `${shape.database}_b${round}`)));
  }
  const documents = shape.documents * shape.collections;
  return { scenario: shape.scenario, callers: 1, peerName: 'cursor to insertMany', ours: asMeasurement(documents, ours), peer: asMeasurement(documents, peer), goal: { ratio: 0.8 } };
}

/** Documents a second; latencies are those of whole copies. */
export async function copy(): Promise<readonly Result[]> {
  const data = temporaryFolder('bench-copy');
  const [password, port] = [randomBytes(12).toString('hex'), await freePort()];
  const passwordFile = join(data.path, 'root-password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  const engine = await start(process.execPath, [
    `${root}/packages/engine/dist/main.js`, '--data-dir', join(data.path, 'data'), '--port', String(port), '--root-user', 'root', '--root-password-file', passwordFile,
  ], {}, engineReady);
  const uri = `mongodb://root:${password}@127.0.0.1:${port}/?authSource=admin&directConnection=true`;
  const [mongo, cluster] = [await new MongoClient(uri).connect(), new MongoCluster({ id: 'bench', uri })];
  try {
    const results: Result[] = [];
    // One after the other: each has the machine for itself.
    for (const shape of shapes) results.push(await measureShape(mongo, cluster, shape));
    return results;
  } finally {
    await Promise.all([mongo.close(), cluster.close()]);
    await engine.stop();
    data.remove();
  }
}
