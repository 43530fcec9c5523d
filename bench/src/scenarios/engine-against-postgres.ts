// The engine against PostgreSQL 15 jsonb: the same documents, both durable at every acknowledged write, the official drivers
// from one client process, each server a process of its own. Beside it, what says where the limits are: the same commands as ready-made
// messages, and the driver against a server that answers constant bytes.
import { MongoClient, type Collection } from 'mongodb';
import type pg from 'pg';
import { compare, measure, type Load, type Measurement } from '../measure.js';
import { order, spread, type Order } from '../orders.js';
import { startPostgres } from '../peers/postgres.js';
import { engineReady, freePort, processorTime_us, root, start, temporaryFolder, type Started } from '../processes.js';
import { message, RawClient } from '../raw-client.js';
import type { Result } from '../report.js';

const rounds = 3;
const duration_ms = 2000;
const preloaded = 20_000;

const chosen = (n: number): number => spread(n, preloaded);

interface Side {
  insert(n: number): Promise<unknown>;
  insertMany(n: number): Promise<unknown>;
  findById(n: number): Promise<unknown>;
  findRange(n: number): Promise<unknown>;
  update(n: number): Promise<unknown>;
  mixed(n: number): Promise<unknown>;
}

/** Half of it reads, as applications do: 50 % by id, 15 % ranges, 20 % updates, 15 % inserts. */
function mixed(side: Omit<Side, 'mixed'>, n: number): Promise<unknown> {
  const kind = n % 20;
  if (kind < 10) return side.findById(n);
  if (kind < 13) return side.findRange(n);
  return kind < 17 ? side.update(n) : side.insert(n);
}

function withMixed(side: Omit<Side, 'mixed'>): Side {
  return { ...side, mixed: (n) => mixed(side, n) };
}

const batchSize = 100;
const batch = (n: number): Order[] => Array.from({ length: batchSize }, (_, i) => order(n * batchSize + i));

function engineSide(orders: Collection<Order>, inserted: Collection<Order>, nextId: () => number): Side {
  return withMixed({
    insert: () => inserted.insertOne(order(nextId())),
    insertMany: () => {
      const first = nextId();
      return inserted.insertMany(batch(first).map((one, i) => ({ ...one, _id: first * 1_000_000 + i })));
    },
    findById: (n) => orders.findOne({ _id: chosen(n) }),
    findRange: (n) => orders.find({ customer: n % 1000 }).sort({ total: 1 }).limit(20).toArray(),
    update: (n) => orders.updateOne({ _id: chosen(n) }, { $set: { status: 'sent' }, $inc: { total: 1 } }),
  });
}

/** The same commands as the driver sends them, each caller on a connection of its own. */
function rawSide(clients: readonly RawClient[], nextId: () => number): Side {
  const run = (n: number, command: object): Promise<void> => clients[n % clients.length]!.run(message({ ...command, $db: 'bench' }));
  return withMixed({
    insert: (n) => run(n, { insert: 'inserted', documents: [order(nextId())] }),
    insertMany: (n) => {
      const first = nextId();
      return run(n, { insert: 'inserted', documents: batch(first).map((one, i) => ({ ...one, _id: first * 1_000_000 + i })) });
    },
    findById: (n) => run(n, { find: 'orders', filter: { _id: chosen(n) }, limit: 1, singleBatch: true }),
    findRange: (n) => run(n, { find: 'orders', filter: { customer: n % 1000 }, sort: { total: 1 }, limit: 20 }),
    update: (n) => run(n, { update: 'orders', updates: [{ q: { _id: chosen(n) }, u: { $set: { status: 'sent' }, $inc: { total: 1 } } }] }),
  });
}

function postgresSide(pool: pg.Pool, nextId: () => number): Side {
  const statement = (name: string, text: string, values: readonly unknown[]) => pool.query({ name, text, values: [...values] });
  return withMixed({
    insert: () => {
      const id = nextId();
      return statement('insert', 'INSERT INTO inserted (id, document) VALUES ($1, $2)', [id, JSON.stringify(order(id))]);
    },
    insertMany: () => {
      const first = nextId();
      const documents = batch(first);
      return statement('insert-many', 'INSERT INTO inserted (id, document) SELECT * FROM unnest($1::bigint[], $2::jsonb[])', [
        documents.map((_, i) => first * 1_000_000 + i), documents.map((document) => JSON.stringify(document)),
      ]);
    },
    findById: (n) => statement('find', 'SELECT document FROM orders WHERE id = $1', [chosen(n)]),
    findRange: (n) => statement('range', "SELECT document FROM orders WHERE (document->>'customer')::int = $1 ORDER BY (document->>'total')::int LIMIT 20", [n % 1000]),
    update: (n) =>
      statement('update', `UPDATE orders SET document = document || jsonb_build_object('status', 'sent', 'total', (document->>'total')::int + 1) WHERE id = $1`, [chosen(n)]),
  });
}

async function prepareEngine(client: MongoClient): Promise<void> {
  const orders = client.db('bench').collection<Order>('orders');
  await orders.createIndex({ customer: 1, total: 1 });
  for (let n = 0; n < preloaded; n += 1000) await orders.insertMany(Array.from({ length: 1000 }, (_, i) => order(n + i)));
}

async function preparePostgres(pool: pg.Pool): Promise<void> {
  await pool.query('CREATE TABLE orders (id bigint PRIMARY KEY, document jsonb NOT NULL)');
  await pool.query('CREATE TABLE inserted (id bigint PRIMARY KEY, document jsonb NOT NULL)');
  await pool.query("CREATE INDEX ON orders (((document->>'customer')::int), ((document->>'total')::int))");
  for (let n = 0; n < preloaded; n += 1000) {
    const documents = Array.from({ length: 1000 }, (_, i) => order(n + i));
    await pool.query('INSERT INTO orders SELECT * FROM unnest($1::bigint[], $2::jsonb[])', [documents.map(({ _id }) => _id), documents.map((document) => JSON.stringify(document))]);
  }
  await pool.query('ANALYZE');
}

const operations = ['insert', 'insertMany', 'findById', 'findRange', 'update', 'mixed'] as const;
const callersOf = [1, 32, 128];

/** A caller of raw messages waits for its answer before it sends the next: each has its own connection, and `n` goes round among them. */
async function rawClients(port: number, callers: number): Promise<readonly RawClient[]> {
  return Promise.all(Array.from({ length: callers }, () => RawClient.connect(port)));
}

/** As `measure`, with `n` such that each caller keeps its connection. */
function measureRaw(load: Load, operation: (n: number) => Promise<unknown>): Promise<Measurement> {
  const free = Array.from({ length: load.callers }, (_, caller) => caller);
  return measure(load, async (n) => {
    const caller = free.pop()!;
    await operation(Math.floor(n / load.callers) * load.callers + caller);
    free.push(caller);
  });
}

const peerName = 'PostgreSQL 15 jsonb';

interface Sides {
  readonly engine: Started;
  readonly port: number;
  readonly byDriver: Side;
  /** The driver, and a server that does nothing. */
  readonly driverAlone: Side;
  readonly postgres: Side;
  readonly nextId: () => number;
}

async function measureOperation(name: (typeof operations)[number], load: Load, sides: Sides, clients: readonly RawClient[]): Promise<readonly Result[]> {
  const { engine, byDriver, driverAlone, postgres, nextId } = sides;
  const { callers } = load;
  // One after the other: they share two cores.
  const compared = await compare(rounds, () => measure(load, (n) => byDriver[name](n)), () => measure(load, (n) => postgres[name](n)));
  const { peer } = compared;
  const raw = rawSide(clients, nextId);
  const before_us = processorTime_us(engine.process.pid!);
  const byMessages = await measureRaw(load, (n) => raw[name](n));
  const processor_us = (processorTime_us(engine.process.pid!) - before_us) / byMessages.operations;
  const alone = await measure(load, (n) => driverAlone[name](n));
  return [
    { scenario: `engine ${name}`, callers, peerName, ...compared, goal: { ratio: 1 } },
    { scenario: `engine ${name}, raw messages`, callers, peerName, ours: byMessages, peer, processor_us },
    { scenario: `no engine ${name}, the driver alone`, callers, peerName, ours: alone, peer },
  ];
}

async function measureAll(sides: Sides): Promise<Result[]> {
  const results: Result[] = [];
  for (const callers of callersOf) {
    const clients = await rawClients(sides.port, callers);
    // One scenario after the other.
    for (const name of operations) results.push(...(await measureOperation(name, { callers, duration_ms }, sides, clients)));
    for (const one of clients) one.close();
  }
  return results;
}

export async function engineAgainstPostgres(): Promise<Result[]> {
  const folder = temporaryFolder('engine');
  const port = await freePort();
  const engine = await start(process.execPath, [`${root}/packages/engine/dist/main.js`, '--data-dir', folder.path, '--port', String(port), '--no-auth'], {}, engineReady);
  const constant = await start(process.execPath, [`${root}/node_modules/tsx/dist/cli.mjs`, `${root}/bench/src/peers/constant-server.ts`], {}, /listening/u);
  const client = new MongoClient(`mongodb://127.0.0.1:${port}/`, { maxPoolSize: 128 });
  const aloneClient = new MongoClient(`mongodb://${constant.readyLine.split(' ')[1]!}/`, { maxPoolSize: 128 });
  const postgres = await startPostgres();
  const pool = postgres.pool(128);
  try {
    await Promise.all([prepareEngine(client), preparePostgres(pool)]);
    let id = preloaded;
    const nextId = (): number => (id += 1);
    const sideOf = (connected: MongoClient): Side => engineSide(connected.db('bench').collection('orders'), connected.db('bench').collection('inserted'), nextId);
    return await measureAll({ engine, port, byDriver: sideOf(client), driverAlone: sideOf(aloneClient), postgres: postgresSide(pool, nextId), nextId });
  } finally {
    await Promise.all([client.close(), aloneClient.close()]);
    await Promise.all([engine.stop(), constant.stop()]);
    await postgres.stop();
    folder.remove();
  }
}
