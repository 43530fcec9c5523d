// The control plane's calls against the least that could do the same: list, get and connection against a bare Fastify + driver
// route; create, proof included, against a raw createUser and the writes it takes.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@freehold/api';
import { MongoClient, ObjectId } from 'mongodb';
import { compare, measure } from '../measure.js';
import { engineReady, freePort, root, start, temporaryFolder } from '../processes.js';
import type { Result } from '../report.js';

const rounds = 3;
const duration_ms = 3000;
const callers = 8;
const databases = 10;

async function fetchOk(url: string, token?: string): Promise<void> {
  const response = await fetch(url, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
  const body = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${body}`);
}

/** What creating a database comes to without any of the platform's care: a user, an entry, a record. */
async function rawCreate(client: MongoClient, owner: ObjectId, n: number): Promise<void> {
  const database = `raw_${n}`;
  await client.db('admin').command({ createUser: database, pwd: `password-${n}`, roles: [{ role: 'readWrite', db: database }, { role: 'dbAdmin', db: database }] });
  await client.db('bench').collection('users').updateOne({ _id: owner }, { $push: { databases: { id: String(n), name: database } } as never }, { upsert: true });
  await client.db('bench').collection('operations').insertOne({ kind: 'create', database });
}

export async function controlPlane(): Promise<Result[]> {
  const data = temporaryFolder('platform');
  const enginePort = await freePort();
  const password = 'bench-root-password';
  const engineData = temporaryFolder('control-engine');
  const passwordFile = join(engineData.path, 'root-password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  const engine = await start(process.execPath, [
    `${root}/packages/engine/dist/main.js`, '--data-dir', join(engineData.path, 'data'), '--port', String(enginePort), '--root-user', 'root', '--root-password-file', passwordFile,
  ], {}, engineReady);
  const uri = `mongodb://root:${password}@127.0.0.1:${enginePort}/?authSource=admin`;
  const platform = await start(process.execPath, [`${root}/packages/cli/dist/main.js`, '--json', 'up', '--port', '0'], {
    FREEHOLD_DATA_DIR: data.path, FREEHOLD_MONGODB_URI: uri, FREEHOLD_RATE_LIMITS: 'off',
    FREEHOLD_MASTER_KEYS: `bench:${Buffer.alloc(32, 7).toString('base64')}`, FREEHOLD_LOG_LEVEL: 'warn',
  }, /"event":"ready"/u);
  const { url } = JSON.parse(platform.readyLine) as { url: string };
  const { token, user } = await createClient({ baseUrl: url }).authentication.signUp({ email: 'bench@example.org', password: 'bench-password', name: 'Bench' });
  const api = createClient({ baseUrl: url, token });
  const made = await Promise.all(Array.from({ length: databases }, (_, n) => api.databases.create({ name: `db ${n}` })));
  const bare = await start(process.execPath, [`${root}/node_modules/tsx/dist/cli.mjs`, `${root}/bench/src/peers/bare-route.ts`], { MONGODB_URI: uri, USER_ID: user.id }, /listening/u);
  const bareUrl = bare.readyLine.split(' ')[1]!;
  const mongo = await new MongoClient(uri).connect();
  try {
    const load = { callers, duration_ms };
    const warmUp = { callers, duration_ms: 1000 };
    const id = (n: number): string => made[n % databases]!.id;
    const against = async (scenario: string, ours: (n: number) => string, peer: (n: number) => string, ratio?: number): Promise<Result> => {
      const callOurs = (n: number): Promise<void> => fetchOk(url + ours(n), token);
      const callPeer = (n: number): Promise<void> => fetchOk(bareUrl + peer(n));
      // Servers run for days: what the first second costs, in which both are still compiled, says nothing about them.
      await measure(warmUp, callOurs);
      await measure(warmUp, callPeer);
      return {
        scenario, callers, peerName: 'bare Fastify + driver',
        ...(await compare(rounds, () => measure(load, callOurs), () => measure(load, callPeer))),
        ...(ratio === undefined ? {} : { goal: { ratio } }),
      };
    };
    const list = await against('list', () => '/api/databases', () => '/list', 0.7);
    const get = await against('get', (n) => `/api/databases/${id(n)}`, (n) => `/get/${id(n)}`, 0.7);
    const connection = await against('connection', (n) => `/api/databases/${id(n)}/connection`, (n) => `/get/${id(n)}`);

    let next = 0;
    const owner = new ObjectId();
    const few = { callers: 1, duration_ms: 5000, maxOperations: 100 };
    const create = await compare(rounds, () => measure(few, () => api.databases.create({ name: `new ${(next += 1)}` })), () => measure(few, () => rawCreate(mongo, owner, (next += 1))));
    const many = { callers: 8, duration_ms: 5000, maxOperations: 200 };
    const createMany = await compare(rounds, () => measure(many, () => api.databases.create({ name: `new ${(next += 1)}` })), () => measure(many, () => rawCreate(mongo, owner, (next += 1))));
    const peerName = 'raw createUser + writes';
    return [list, get, connection,
      { scenario: 'create (proof included)', callers: 1, peerName, ...create, goal: { p95_ms: 500 } },
      { scenario: 'create (proof included)', callers: 8, peerName, ...createMany, goal: { p95_ms: 500 } }];
  } finally {
    await mongo.close();
    await bare.stop();
    await platform.stop();
    await engine.stop();
    data.remove();
    engineData.remove();
  }
}
