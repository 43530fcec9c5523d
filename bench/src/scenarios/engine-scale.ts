// Whether what one operation costs stays the same: with many documents against few, and with many databases against ten.
// `--engine-documents=` and `--engine-databases=` say how many; the goals are meant for 10,000,000 and 10,000.
import { readFileSync } from 'node:fs';
import { MongoClient, type Collection } from 'mongodb';
import { compare, measure, type Load } from '../measure.js';
import { order, spread, type Order } from '../orders.js';
import { engineReady, freePort, root, start, temporaryFolder } from '../processes.js';
import type { Result } from '../report.js';

const rounds = 3;
const load: Load = { callers: 32, duration_ms: 2000 };
const few = 10_000;
const fewDatabases = 10;
const batchSize = 1000;
const documentsAtOnce = 4;

function sizeOf(variable: string, usual: number): number {
  const size = Number(process.env[variable] ?? usual);
  if (!Number.isInteger(size) || size < 1) throw new Error(`${variable} takes a whole number above zero`);
  return size;
}

/** Bytes of memory that are the process's own, without the pages of the mapped data file. */
function ownMemory(processId: number): number {
  const line = readFileSync(`/proc/${processId}/status`, 'utf8').split('\n').find((candidate) => candidate.startsWith('RssAnon:'));
  return Number(/\d+/u.exec(line ?? '')?.[0] ?? 0) * 1024;
}

async function fill(collection: Collection<Order>, documents: number): Promise<void> {
  await collection.createIndex({ customer: 1, total: 1 });
  for (let first = 0; first < documents; first += batchSize * documentsAtOnce) {
    const starts = Array.from({ length: documentsAtOnce }, (_, i) => first + i * batchSize).filter((begin) => begin < documents);
    // A bounded number at once: the engine has one writer.
    await Promise.all(starts.map((begin) => collection.insertMany(Array.from({ length: Math.min(batchSize, documents - begin) }, (_, i) => order(begin + i)))));
  }
}

function operationsOn(collection: Collection<Order>, documents: number): Readonly<Record<string, (n: number) => Promise<unknown>>> {
  let next = documents * 2;
  return {
    findById: (n) => collection.findOne({ _id: spread(n, documents) }),
    findRange: (n) => collection.find({ customer: n % 1000 }).sort({ total: 1 }).limit(20).toArray(),
    update: (n) => collection.updateOne({ _id: spread(n, documents) }, { $inc: { total: 1 } }),
    insert: () => collection.insertOne(order((next += 1))),
  };
}

async function manyDocuments(client: MongoClient, documents: number): Promise<Result[]> {
  const [large, small] = [client.db('scale').collection<Order>('large'), client.db('scale').collection<Order>('small')];
  await fill(small, few);
  await fill(large, documents);
  const [onLarge, onSmall] = [operationsOn(large, documents), operationsOn(small, few)];
  const results: Result[] = [];
  for (const name of Object.keys(onLarge)) {
    // One after the other: they share two cores.
    const pair = await compare(rounds, () => measure(load, onLarge[name]!), () => measure(load, onSmall[name]!));
    results.push({ scenario: `engine ${name} among ${documents} documents`, callers: load.callers, peerName: `among ${few}`, ...pair, goal: { ratio: 0.8 } });
  }
  return results;
}

async function manyDatabases(client: MongoClient, databases: number): Promise<Result[]> {
  const collectionOf = (database: number, n: number): Collection<Order> => client.db(`tenant_${database}`).collection<Order>(n % 2 === 0 ? 'orders' : 'events');
  for (let first = 0; first < databases; first += load.callers) {
    const some = Array.from({ length: Math.min(load.callers, databases - first) }, (_, i) => first + i);
    // A bounded number at once.
    await Promise.all(some.flatMap((database) => [0, 1].map((n) => collectionOf(database, n).insertMany(Array.from({ length: 10 }, (_, i) => order(i))))));
  }
  let next = 1_000_000;
  const operations: Readonly<Record<string, (collection: Collection<Order>, n: number) => Promise<unknown>>> = {
    findById: (collection, n) => collection.findOne({ _id: n % 10 }),
    update: (collection, n) => collection.updateOne({ _id: n % 10 }, { $inc: { total: 1 } }),
    insert: (collection) => collection.insertOne(order((next += 1))),
  };
  const results: Result[] = [];
  for (const [name, operation] of Object.entries(operations)) {
    const among = (count: number) => () => measure(load, (n) => operation(collectionOf(spread(n, count), n), n));
    // One after the other: they share two cores.
    const pair = await compare(rounds, among(databases), among(fewDatabases));
    results.push({ scenario: `engine ${name} in ${databases} databases`, callers: load.callers, peerName: `in ${fewDatabases}`, ...pair, goal: { ratio: 0.8 } });
  }
  return results;
}

export async function engineScale(): Promise<Result[]> {
  const documents = sizeOf('BENCH_ENGINE_DOCUMENTS', 200_000);
  const databases = sizeOf('BENCH_ENGINE_DATABASES', 1000);
  const folder = temporaryFolder('scale');
  const port = await freePort();
  const engine = await start(process.execPath, [`${root}/packages/engine/dist/main.js`, '--data-dir', folder.path, '--port', String(port), '--no-auth'], {}, engineReady);
  const client = new MongoClient(`mongodb://127.0.0.1:${port}/`, { maxPoolSize: 64 });
  try {
    const results = [...(await manyDocuments(client, documents)), ...(await manyDatabases(client, databases))];
    console.error(`the engine's own memory: ${(ownMemory(engine.process.pid!) / 1024 / 1024).toFixed(0)} MB`);
    return results;
  } finally {
    await client.close();
    await engine.stop();
    folder.remove();
  }
}
