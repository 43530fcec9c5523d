// The engine against PostgreSQL 15 jsonb: the same documents, both durable at every acknowledged write, the official drivers
// from one client process, each server a process of its own.
import { MongoClient, type Collection } from 'mongodb';
import type pg from 'pg';
import { compare, measure, type Load, type Measurement } from '../measure.js';
import { startPostgres } from '../peers/postgres.js';
import { engineReady, freePort, root, start, temporaryFolder } from '../processes.js';
import type { Result } from '../report.js';

const rounds = 3;
const duration_ms = 2000;
const preloaded = 20_000;

interface Order {
  readonly _id: number;
  readonly customer: number;
  readonly status: string;
  readonly total: number;
  readonly lines: readonly { readonly sku: string; readonly count: number }[];
}

function order(n: number): Order {
  return {
    _id: n, customer: n % 1000, status: ['new', 'paid', 'sent'][n % 3]!, total: (n * 37) % 10_000,
    lines: [{ sku: `sku-${n % 500}`, count: (n % 5) + 1 }, { sku: `sku-${(n * 7) % 500}`, count: 1 }],
  };
}

/** A spread-out but repeatable choice among the preloaded ones, the same for both sides. */
function chosen(n: number): number {
  return (n * 7919) % preloaded;
}

interface Side {
  insert(n: number): Promise<unknown>;
  insertMany(n: number): Promise<unknown>;
  findById(n: number): Promise<unknown>;
  findRange(n: number): Promise<unknown>;
  update(n: number): Promise<unknown>;
}

const batchSize = 100;
const batch = (n: number): Order[] => Array.from({ length: batchSize }, (_, i) => order(n * batchSize + i));

function engineSide(orders: Collection<Order>, inserted: Collection<Order>, nextId: () => number): Side {
  return {
    insert: () => inserted.insertOne(order(nextId())),
    insertMany: () => {
      const first = nextId();
      return inserted.insertMany(batch(first).map((one, i) => ({ ...one, _id: first * 1_000_000 + i })));
    },
    findById: (n) => orders.findOne({ _id: chosen(n) }),
    findRange: (n) => orders.find({ customer: n % 1000 }).sort({ total: 1 }).limit(20).toArray(),
    update: (n) => orders.updateOne({ _id: chosen(n) }, { $set: { status: 'sent' }, $inc: { total: 1 } }),
  };
}

function postgresSide(pool: pg.Pool, nextId: () => number): Side {
  const statement = (name: string, text: string, values: readonly unknown[]) => pool.query({ name, text, values: [...values] });
  return {
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
  };
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

export async function engineAgainstPostgres(): Promise<Result[]> {
  const folder = temporaryFolder('engine');
  const port = await freePort();
  const engine = await start(process.execPath, [`${root}/packages/engine/dist/main.js`, '--data-dir', folder.path, '--port', String(port), '--no-auth'], {}, engineReady);
  const client = new MongoClient(`mongodb://127.0.0.1:${port}/`, { maxPoolSize: 128 });
  const postgres = await startPostgres();
  const pool = postgres.pool(32);
  try {
    await Promise.all([prepareEngine(client), preparePostgres(pool)]);
    let id = preloaded;
    const nextId = (): number => (id += 1);
    const database = client.db('bench');
    const ours = engineSide(database.collection('orders'), database.collection('inserted'), nextId);
    const theirs = postgresSide(pool, nextId);
    const results: Result[] = [];
    for (const callers of [1, 32]) {
      for (const name of ['insert', 'insertMany', 'findById', 'findRange', 'update'] as const) {
        const load: Load = { callers, duration_ms };
        const run = (side: Side) => (): Promise<Measurement> => measure(load, (n) => side[name](n));
        // One scenario after the other: they share two cores.
        const pair = await compare(rounds, run(ours), run(theirs));
        results.push({ scenario: `engine ${name}`, callers, peerName: 'PostgreSQL 15 jsonb', ...pair, goal: { ratio: 1 } });
      }
    }
    return results;
  } finally {
    await client.close();
    await engine.stop();
    await postgres.stop();
    folder.remove();
  }
}
