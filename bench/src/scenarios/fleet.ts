// Whether lists, look-ups and usage stay as fast for a user with 10,000 databases as for one with 10, and on a platform with many
// databases as on one with few; and how fast the reconciler compares them all. `--databases=` says how many there are in all; the goals
// are meant for 1,000,000 (`--full`). The control database is filled in bulk: making a million databases is not what is measured.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient, type Client, type ReconcileRun } from '@freehold/api';
import { MongoClient, ObjectId, type Document } from 'mongodb';
import { compare, measure, type Load, type Measurement } from '../measure.js';
import { engineReady, freePort, root, start, temporaryFolder, type Started } from '../processes.js';
import type { Result } from '../report.js';

const rounds = 3;
const load: Load = { callers: 1, duration_ms: 1500 };
const usersPerBatch = 1000;
const few = 10;
const many = [1000, 10_000] as const;
const growth = { p99_growth: 1.5 } as const;

const databaseCount = (): number => Number(process.env['BENCH_DATABASES'] ?? 20_000);

interface Entry extends Document {
  readonly id: string;
  readonly mongo_username: string;
  readonly mongo_database: string;
}

interface Owner {
  readonly _id: ObjectId;
  readonly databases: readonly Entry[];
}

function entry(userId: string, n: number): Entry {
  const id = `${userId.slice(-12)}${n.toString(36)}`;
  return {
    id, name: `database ${n}`, status: 'active', environment: ['development', 'staging', 'production'][n % 3], description: `number ${n}`, is_default: n === 0, cluster_id: 'primary',
    mongo_database: `user_${userId}_${id}`, mongo_username: `user_${userId}_${id}`, mongo_password_encrypted: `v1.bench.${'x'.repeat(80)}`, quota_mb: null, current_size_mb: (n * 37) % 1000,
    app_count: 0, created_at: new Date(1_700_000_000_000 + n), last_rotated_at: null, deleted_at: null,
  };
}

/** What is in place before anything is measured. */
interface Platform {
  readonly url: string;
  readonly operator: Client;
  readonly mongo: MongoClient;
  readonly process: Started;
  /** The MongoDB user that all others are copies of: their passwords are not used. */
  readonly credentials: unknown;
  readonly installationId: string;
}

function mongoUser({ credentials, installationId }: Platform, userId: string, { id, mongo_username: user, mongo_database: db }: Entry): Document {
  const freehold = { user_id: userId, database_id: id, operation_id: 'bench', installation_id: installationId };
  return { _id: `admin.${user}`, user, db: 'admin', credentials, roles: [{ role: 'readWrite', db }, { role: 'dbAdmin', db }], customData: { freehold } };
}

/** Gives users their databases, in the control database and on the cluster. */
async function give(platform: Platform, owners: readonly Owner[], isNew: boolean): Promise<void> {
  const control = platform.mongo.db('freehold');
  const users = owners.flatMap(({ _id, databases }) => databases.map((database) => mongoUser(platform, _id.toHexString(), database)));
  for (let from = 0; from < users.length; from += usersPerBatch) await platform.mongo.db('admin').collection('system.users').insertMany(users.slice(from, from + usersPerBatch), { ordered: false });
  if (isNew) {
    await control.collection('users').insertMany(owners.map(({ _id, databases }) => ({ _id, email: `${_id.toHexString()}@example.org`, name: 'Bench', role: 'user', databases, default_database_id: databases[0]?.id, total_quota_mb: null })), { ordered: false });
  } else {
    for (const { _id, databases } of owners) await control.collection('users').updateOne({ _id }, { $set: { databases, default_database_id: databases[0]?.id } });
  }
}

interface SignedIn {
  readonly token: string;
  readonly databaseId: string;
}

/** A user who signs in, with so many databases. */
async function signedIn(platform: Platform, databases: number): Promise<SignedIn> {
  const { token, user } = await createClient({ baseUrl: platform.url }).authentication.signUp({ email: `owner${databases}@example.org`, password: 'bench-password', name: 'Owner' });
  const entries = Array.from({ length: databases }, (_, n) => entry(user.id, n));
  await give(platform, [{ _id: new ObjectId(user.id), databases: entries }], false);
  await settled(platform, user.id, token, databases);
  return { token, databaseId: entries[Math.floor(databases / 2)]!.id };
}

/** What is written past the platform is listed from the owner's document at first; the first list has the rows made that others come from. */
async function settled(platform: Platform, userId: string, token: string, databases: number): Promise<void> {
  const totals = platform.mongo.db('freehold').collection('database_totals');
  for (const until = performance.now() + 120_000; databases > few && (await totals.countDocuments({ _id: new ObjectId(userId) })) === 0;) {
    if (performance.now() > until) throw new Error('the rows of an owner of many databases are not made');
    await call(`${platform.url}/api/databases?limit=20`, token);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** Everybody else: one database each. */
async function fill(platform: Platform, count: number): Promise<void> {
  for (let made = 0; made < count; made += usersPerBatch) {
    const owners = Array.from({ length: Math.min(usersPerBatch, count - made) }, () => new ObjectId()).map((_id) => ({ _id, databases: [entry(_id.toHexString(), 0)] }));
    // One batch after the other: this is not what is measured.
    await give(platform, owners, true);
    if (process.stderr.isTTY) process.stderr.write(`\r  ${made + owners.length} databases   `);
  }
}

/** Pages with as many databases on them for an owner of ten as for one of thousands: a page costs what is on it, and that is not what is measured. */
const calls: Readonly<Record<string, (databaseId: string) => string>> = {
  'first page': () => '/api/databases?limit=10',
  'by name': () => '/api/databases?limit=10&sort=name',
  'by size, page 3': () => '/api/databases?limit=3&sort=-current_size_mb&offset=6',
  'search': () => '/api/databases?limit=1&search=base%209',
  'of one environment': () => '/api/databases?limit=3&environment=staging',
  'look-up': (id) => `/api/databases/${id}`,
  'usage': (id) => `/api/databases/${id}/usage`,
};

async function call(url: string, token: string): Promise<void> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  const body = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${body}`);
}

async function compareOwners(platform: Platform, among: string, owners: ReadonlyMap<number, SignedIn>): Promise<Result[]> {
  const results: Result[] = [];
  const caller = (owner: SignedIn, path: (id: string) => string) => () => call(platform.url + path(owner.databaseId), owner.token);
  for (const [name, path] of Object.entries(calls)) {
    const peer = caller(owners.get(few)!, path);
    for (const databases of many) {
      const ours = caller(owners.get(databases)!, path);
      await measure({ ...load, duration_ms: 300 }, ours);
      // One after the other: they share two cores.
      const pair = await compare(rounds, () => measure(load, ours), () => measure(load, peer));
      console.error(`  ${name}, ${databases}${among}: p50 ${pair.ours.p50_ms.toFixed(1)} ms, p99 ${pair.ours.p99_ms.toFixed(1)} ms, against ${pair.peer.p50_ms.toFixed(1)} and ${pair.peer.p99_ms.toFixed(1)}`);
      results.push({ scenario: `${name}, ${databases} databases of one user${among}`, callers: load.callers, peerName: `${few} of one user`, ...pair, goal: growth });
    }
  }
  return results;
}

function memory_mb({ process: child }: Started, field: 'VmHWM' | 'RssAnon'): number {
  return Number(new RegExp(`${field}:\\s+(\\d+)`, 'u').exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

/** A dry run, from its beginning to its end. */
async function reconciled({ operator }: Platform): Promise<{ readonly run: ReconcileRun; readonly measurement: Measurement }> {
  const from = performance.now();
  let run = await operator.reconcile.start({ dry_run: true });
  for await (const state of operator.reconcile.events({ id: run.id })) run = state;
  const elapsed_ms = performance.now() - from;
  // Until all are made, the cluster's count is ahead of them.
  if (Object.keys(run.found).some((kind) => kind !== 'user_count_wrong')) throw new Error(`the reconciler found ${JSON.stringify(run.found)} where there is nothing`);
  const perDatabase_ms = elapsed_ms / Math.max(1, run.databases);
  return { run, measurement: { operations: run.databases, perSecond: (run.databases / elapsed_ms) * 1000, p50_ms: perDatabase_ms, p95_ms: perDatabase_ms, p99_ms: perDatabase_ms } };
}

/** Rounds of measurements that are never due: they would measure databases that do not exist. */
async function stopMeasuring(mongo: MongoClient): Promise<void> {
  const never = { started_at: new Date(Date.now() + 86_400_000), previous_started_at: null, after_user_id: null, is_done: true };
  for (const _id of ['sizes', 'quotas']) await mongo.db('freehold').collection<Document & { _id: string }>('usage_rounds').replaceOne({ _id }, never, { upsert: true });
}

async function measureFleet(platform: Platform): Promise<Result[]> {
  await stopMeasuring(platform.mongo);
  const owners = new Map<number, SignedIn>();
  for (const databases of [few, ...many]) owners.set(databases, await signedIn(platform, databases));
  const held = [few, ...many].reduce((sum, databases) => sum + databases, 0);
  await platform.mongo.db('freehold').collection<Document & { _id: string }>('clusters').updateOne({ _id: 'primary' }, { $set: { user_count: databaseCount() + 2, user_limit: 10_000_000, foreign_user_count: 2 } });
  const alone = await compareOwners(platform, '', owners);
  const small = await reconciled(platform);
  await fill(platform, Math.max(0, databaseCount() - held));
  const among = await compareOwners(platform, `, ${databaseCount()} in all`, owners);
  const before_mb = memory_mb(platform.process, 'RssAnon');
  const large = await reconciled(platform);
  console.error(`  reconciled ${large.run.databases} databases and ${large.run.mongo_users} MongoDB users: ${large.measurement.perSecond.toFixed(0)} databases a second; memory of the control plane: ${before_mb.toFixed(0)} MB before, ${memory_mb(platform.process, 'VmHWM').toFixed(0)} MB at most`);
  return [...alone, ...among, { scenario: `reconcile ${large.run.databases} databases`, callers: 1, peerName: `reconcile ${small.run.databases}`, ours: large.measurement, peer: small.measurement, goal: { ratio: 0.67 } }];
}

async function open(url: string, mongo: MongoClient, child: Started): Promise<Platform> {
  const { token } = await createClient({ baseUrl: url }).authentication.signIn({ email: 'op@example.org', password: 'bench operator password' });
  const admin = mongo.db('admin');
  await admin.command({ createUser: 'bench_pattern', pwd: 'bench', roles: [], mechanisms: ['SCRAM-SHA-256'] });
  const pattern = await admin.collection('system.users').findOne({ user: 'bench_pattern' });
  const installation = await mongo.db('freehold').collection<Document & { _id: string }>('installation').findOne({});
  if (pattern === null || installation === null) throw new Error('the platform has not begun');
  return { url, operator: createClient({ baseUrl: url, token }), mongo, process: child, credentials: pattern['credentials'], installationId: installation['installation_id'] as string };
}

export async function fleet(): Promise<Result[]> {
  const [data, engineData] = [temporaryFolder('fleet'), temporaryFolder('fleet-engine')];
  const [enginePort, rootPassword, passwordFile] = [await freePort(), 'bench-root-password', join(engineData.path, 'root-password')];
  writeFileSync(passwordFile, rootPassword, { mode: 0o600 });
  const engine = await start(process.execPath, [`${root}/packages/engine/dist/main.js`, '--data-dir', join(engineData.path, 'data'), '--port', String(enginePort), '--root-user', 'root', '--root-password-file', passwordFile], {}, engineReady);
  const uri = `mongodb://root:${rootPassword}@127.0.0.1:${enginePort}/?authSource=admin&directConnection=true`;
  const child = await start(process.execPath, [`${root}/packages/cli/dist/main.js`, '--json', 'up', '--port', '0'], {
    FREEHOLD_DATA_DIR: data.path, FREEHOLD_MONGODB_URI: uri, FREEHOLD_RATE_LIMITS: 'off', FREEHOLD_LOG_LEVEL: 'error', FREEHOLD_USER_SERIES: 'off',
    FREEHOLD_OPERATOR_EMAIL: 'op@example.org', FREEHOLD_OPERATOR_PASSWORD: 'bench operator password', FREEHOLD_MASTER_KEYS: `bench:${Buffer.alloc(32, 7).toString('base64')}`,
  }, /"event":"ready"/u);
  const mongo = await new MongoClient(uri).connect();
  try {
    const { url } = JSON.parse(child.readyLine) as { url: string };
    return await measureFleet(await open(url, mongo, child));
  } finally {
    await mongo.close();
    await child.stop();
    await engine.stop();
    data.remove();
    engineData.remove();
  }
}
