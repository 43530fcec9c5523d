// Legacy users by the thousand: planned, migrated, verified and put back, each against the least that does the same to as many users:
// a log-in with each password, and, where users are changed, the bare commands that change them. 2,000 users in a whole run;
// `npm run bench -- legacy-migration --legacy-users=100000` for the size that platforms have.
import { createCipheriv, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient, type Client, type LegacyRun } from '@freehold/api';
import { MongoClient, ObjectId, type Document } from 'mongodb';
import { measure, type Measurement } from '../measure.js';
import { engineReady, freePort, root, start, temporaryFolder, type Started } from '../processes.js';
import type { Result } from '../report.js';

const concurrency = 8;
const usersPerBatch = 1000;
const peerOperations = 300;
/** More than the driver remembers derived keys of (200): each log-in derives its own, as with users who have passwords of their own. */
const passwordCount = 400;
const legacyKey = Buffer.alloc(32, 9);

const legacyUserCount = (): number => Number(process.env['BENCH_LEGACY_USERS'] ?? 2000);

const passwordOf = (n: number): string => `bench legacy password ${n % passwordCount}`;

function encrypted(password: string): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', legacyKey, iv);
  const ciphertext = Buffer.concat([cipher.update(password, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), ciphertext]).toString('base64');
}

function nameOf(_id: ObjectId): string {
  return `user_${_id.toHexString()}`;
}

/** What the cluster checks each of the passwords against. */
async function credentialsOf(mongo: MongoClient): Promise<readonly Document[]> {
  const admin = mongo.db('admin');
  return Promise.all(Array.from({ length: passwordCount }, async (_, n) => {
    const user = `bench_pattern_${n}`;
    await admin.command({ createUser: user, pwd: passwordOf(n), roles: [], mechanisms: ['SCRAM-SHA-256'] });
    const made = await admin.collection<{ _id: string; user: string; credentials: Document }>('system.users').findOne({ _id: `admin.${user}` });
    if (made === null) throw new Error('the cluster does not show its users');
    await admin.command({ dropUser: user });
    return made.credentials;
  }));
}

/**
 * Makes the users in batches. What a password is checked against does not depend on the user's name, so those of some users that were made
 * properly serve them all; making 100,000 with `createUser` would take longer than what is measured.
 */
async function makeUsers(mongo: MongoClient, count: number): Promise<readonly ObjectId[]> {
  const admin = mongo.db('admin');
  const credentials = await credentialsOf(mongo);
  const ids: ObjectId[] = [];
  while (ids.length < count) {
    const batch = Array.from({ length: Math.min(usersPerBatch, count - ids.length) }, (_, index) => ({ _id: new ObjectId(), n: ids.length + index }));
    const users = batch.map(({ _id, n }) => ({ _id: `admin.${nameOf(_id)}`, user: nameOf(_id), db: 'admin', credentials: credentials[n % passwordCount]!, roles: [{ role: 'readWrite', db: nameOf(_id) }, { role: 'dbAdmin', db: nameOf(_id) }] }));
    const documents = batch.map(({ _id, n }) => ({ _id, email: `${_id.toHexString()}@example.org`, name: 'Legacy', created_at: new Date(), mongo_password_encrypted: encrypted(passwordOf(n)), plan_name: 'free' }));
    // One batch after the other: this is not what is measured.
    await admin.collection('system.users').insertMany(users as Document[]);
    await mongo.db('freehold').collection('users').insertMany(documents);
    ids.push(...batch.map(({ _id }) => _id));
  }
  return ids;
}

/** The most memory that a process has had, in MB. */
function peakMemory_mb({ process: child }: Started): number {
  return Number(/VmHWM:\s+(\d+)/u.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

/** One run, as its users come: a rate, and no latencies of single users. */
async function timed(api: Client, begin: () => Promise<LegacyRun>): Promise<{ readonly run: LegacyRun; readonly measurement: Measurement }> {
  const from = performance.now();
  let run = await begin();
  for await (const state of api.legacyMigrations.events({ id: run.id })) {
    run = state;
    if (process.stderr.isTTY) process.stderr.write(`\r  ${run.mode}: ${run.done} of ${run.total}   `);
  }
  if (run.state !== 'done') throw new Error(`the ${run.mode} is ${run.state} (${run.pause_reason ?? 'no reason'})`);
  const elapsed_ms = performance.now() - from;
  const perUser_ms = (elapsed_ms * concurrency) / Math.max(1, run.done);
  return { run, measurement: { operations: run.done, perSecond: (run.done / elapsed_ms) * 1000, p50_ms: perUser_ms, p95_ms: perUser_ms, p99_ms: perUser_ms } };
}

interface Peers {
  readonly logIn: Measurement;
  readonly logInAndChange: Measurement;
  readonly change: Measurement;
}

/** What each run comes to without any of its care. */
async function measurePeers(mongo: MongoClient, uri: string, ids: readonly ObjectId[]): Promise<Peers> {
  const host = new URL(uri).host;
  const idOf = (n: number): ObjectId => ids[n % ids.length]!;
  const logIn = async (n: number): Promise<void> => {
    const client = new MongoClient(`mongodb://${nameOf(idOf(n))}:${encodeURIComponent(passwordOf(n % ids.length))}@${host}/?authSource=admin&directConnection=true`, { maxPoolSize: 1 });
    await client.db('admin').command({ ping: 1 });
    await client.close();
  };
  const change = async (n: number): Promise<void> => {
    await mongo.db('admin').command({ updateUser: nameOf(idOf(n)), customData: { bench: n } });
    await mongo.db('freehold').collection('users').updateOne({ _id: idOf(n) }, { $set: { bench: n } });
    await mongo.db('freehold').collection('users').updateOne({ _id: idOf(n) }, { $unset: { bench: 1 } });
  };
  const load = { callers: concurrency, duration_ms: 20_000, maxOperations: peerOperations };
  return {
    logIn: await measure(load, logIn),
    logInAndChange: await measure(load, async (n) => {
      await logIn(n);
      await change(n);
    }),
    change: await measure(load, change),
  };
}

async function measureAll(api: Client, mongo: MongoClient, uri: string, count: number): Promise<readonly Result[]> {
  const ids = await makeUsers(mongo, count);
  const peers = await measurePeers(mongo, uri, ids);
  const plan = await timed(api, () => api.legacyMigrations.start({ mode: 'plan', concurrency }));
  const run = await timed(api, () => api.legacyMigrations.start({ mode: 'run', concurrency }));
  if (run.run.outcomes.migrated !== count) throw new Error(`${JSON.stringify(run.run.outcomes)} of ${count} users`);
  const verification = await timed(api, () => api.legacyMigrations.start({ mode: 'verify', concurrency }));
  if (verification.run.outcomes.sound !== count) throw new Error(`${JSON.stringify(verification.run.outcomes)} of ${count} users are in order`);
  const rollback = await timed(api, () => api.legacyMigrations.rollback({ id: run.run.id, concurrency }));
  if (rollback.run.outcomes.rolled_back !== count) throw new Error(`${JSON.stringify(rollback.run.outcomes)} of ${count} users`);
  const row = (scenario: string, { measurement }: { readonly measurement: Measurement }, peerName: string, peer: Measurement): Result => ({ scenario: `${scenario} of ${count} legacy users`, callers: concurrency, ours: measurement, peerName, peer });
  return [
    row('plan', plan, 'a log-in each', peers.logIn), row('migration', run, 'a log-in and bare changes each', peers.logInAndChange),
    row('verification', verification, 'a log-in each', peers.logIn), row('rollback', rollback, 'bare changes each', peers.change),
  ];
}

export async function legacyMigration(): Promise<readonly Result[]> {
  const [data, engineData] = [temporaryFolder('legacy-platform'), temporaryFolder('legacy-engine')];
  const rootPassword = 'bench-root-password';
  const passwordFile = join(engineData.path, 'root-password');
  writeFileSync(passwordFile, rootPassword, { mode: 0o600 });
  const enginePort = await freePort();
  const engine = await start(process.execPath, [
    `${root}/packages/engine/dist/main.js`, '--data-dir', join(engineData.path, 'data'), '--port', String(enginePort), '--root-user', 'root', '--root-password-file', passwordFile,
  ], {}, engineReady);
  const uri = `mongodb://root:${rootPassword}@127.0.0.1:${enginePort}/?authSource=admin&directConnection=true`;
  const operatorPassword = 'bench operator password';
  const platform = await start(process.execPath, [`${root}/packages/cli/dist/main.js`, '--json', 'up', '--port', '0'], {
    FREEHOLD_DATA_DIR: data.path, FREEHOLD_MONGODB_URI: uri, FREEHOLD_RATE_LIMITS: 'off', FREEHOLD_LOG_LEVEL: 'error', FREEHOLD_OPERATOR_EMAIL: 'op@example.org', FREEHOLD_OPERATOR_PASSWORD: operatorPassword,
    FREEHOLD_MASTER_KEYS: `bench:${Buffer.alloc(32, 7).toString('base64')}`,
    FREEHOLD_LEGACY_CIPHERS: JSON.stringify({ main: { kind: 'aes-gcm-iv-tag-ciphertext', keys: [legacyKey.toString('base64')] } }),
  }, /"event":"ready"/u);
  const mongo = await new MongoClient(uri).connect();
  try {
    const { url } = JSON.parse(platform.readyLine) as { url: string };
    const { token } = await createClient({ baseUrl: url }).authentication.signIn({ email: 'op@example.org', password: operatorPassword });
    const memoryBefore_mb = peakMemory_mb(platform);
    const results = await measureAll(createClient({ baseUrl: url, token }), mongo, uri, legacyUserCount());
    console.error(`  memory of the control plane: ${memoryBefore_mb.toFixed(0)} MB before, ${peakMemory_mb(platform).toFixed(0)} MB at most; of the engine: ${peakMemory_mb(engine).toFixed(0)} MB at most`);
    return results;
  } finally {
    await mongo.close();
    await platform.stop();
    await engine.stop();
    data.remove();
    engineData.remove();
  }
}
