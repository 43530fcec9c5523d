// A migration and its rollback, shared by two real processes that are killed at random points and started again: at the end each user has one outcome, and
// nothing is half-made.
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createClient, type LegacyRun } from '@freehold/api';
import { MongoClient, ObjectId, type Db } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { externalMasterKey, startExternalMongodb, type ExternalMongodb } from './external-mongodb.js';
import { removeFolder, startPlatform, temporaryFolder, type Client, type TestPlatform } from './platform.js';

const userCount = 160;
const kills = 3;
const operator = { email: 'operator@example.org', password: 'operator of kills' };
const cipherKey = randomBytes(32);
const folder = temporaryFolder('legacy-kills');

let mongodb: ExternalMongodb;
let admin: MongoClient;
let control: Db;
let started = 0;
const replicas: TestPlatform[] = [];

interface User {
  readonly _id: ObjectId;
  readonly name: string;
}
const users: User[] = [];

function encrypted(text: string): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', cipherKey, iv);
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), ciphertext]).toString('base64');
}

async function start(): Promise<TestPlatform> {
  started += 1;
  const platform = await startPlatform({
    dataDirectory: join(folder, `replica-${started}`), environment: {
      FREEHOLD_MONGODB_URI: mongodb.uri, FREEHOLD_MASTER_KEYS: `kills:${externalMasterKey}`, FREEHOLD_LEASE_SECONDS: '2', FREEHOLD_OPERATOR_EMAIL: operator.email, FREEHOLD_OPERATOR_PASSWORD: operator.password,
      FREEHOLD_LEGACY_CIPHERS: JSON.stringify({ main: { kind: 'aes-gcm-iv-tag-ciphertext', keys: [cipherKey.toString('base64')] } }),
    },
  });
  replicas.push(platform);
  return platform;
}

async function clientOf({ url }: TestPlatform): Promise<Client> {
  const { token } = await createClient({ baseUrl: url }).authentication.signIn(operator);
  return createClient({ baseUrl: url, token });
}

/** Every other user has roles that have to be put right, and an app that points nowhere. */
async function makeUser(index: number): Promise<User> {
  const _id = new ObjectId();
  const [name, password] = [`user_${_id.toHexString()}`, randomBytes(9).toString('base64')];
  const roles = index % 2 === 0 ? [{ role: 'readWrite', db: name }, { role: 'dbAdmin', db: name }] : [{ role: 'dbOwner', db: name }];
  await admin.db('admin').command({ createUser: name, pwd: password, roles, mechanisms: ['SCRAM-SHA-256'] });
  await control.collection('users').insertOne({ _id, email: `${name}@example.org`, mongo_password_encrypted: encrypted(password), settings: { theme: index } });
  if (index % 2 === 1) await control.collection('apps').insertOne({ user_id: _id.toHexString(), name: 'old', database_id: 'gone' });
  return { _id, name };
}

/** Documents, apps, and the roles and marks of MongoDB users. */
async function state(): Promise<string> {
  const hash = createHash('sha256');
  const ids = users.map(({ _id }) => _id);
  for await (const bytes of control.collection('users').find({ _id: { $in: ids } }, { raw: true, sort: { _id: 1 } })) hash.update(bytes as unknown as Uint8Array);
  for await (const bytes of control.collection('apps').find({ user_id: { $in: ids.map(String) } }, { raw: true, sort: { _id: 1 } })) hash.update(bytes as unknown as Uint8Array);
  hash.update(JSON.stringify((await mongoUsers()).map(({ user, roles, customData }) => [user, roles.map(({ role }) => role).sort(), customData ?? {}])));
  return hash.digest('hex');
}

interface MongoUser {
  readonly user: string;
  readonly roles: readonly { readonly role: string; readonly db: string }[];
  readonly customData?: { readonly freehold?: { readonly user_id: string } };
}

async function mongoUsers(): Promise<readonly MongoUser[]> {
  const { users: found } = await admin.db('admin').command({ usersInfo: users.map(({ name }) => ({ user: name, db: 'admin' })) });
  return (found as MongoUser[]).sort((a, b) => (a.user < b.user ? -1 : 1));
}

/** Kills whichever replica is at hand each time that a part of the users is done, and starts another; gives the run at its end. */
async function killThrough(id: string): Promise<LegacyRun> {
  const log = control.collection('legacy_migration_log');
  for (let kill = 1; kill <= kills; kill += 1) {
    const threshold = Math.floor(((kill - Math.random()) * userCount) / (kills + 1));
    await expect.poll(() => log.countDocuments({ run_id: id }), { timeout: 120_000, interval: 5 }).toBeGreaterThanOrEqual(threshold);
    const [victim] = replicas.splice(Math.floor(Math.random() * replicas.length), 1);
    await Promise.all([victim!.kill(), start()]);
  }
  const client = await clientOf(replicas[0]!);
  await expect.poll(async () => (await client.legacyMigrations.get({ id })).state, { timeout: 120_000, interval: 200 }).toBe('done');
  return client.legacyMigrations.get({ id });
}

/** What has to hold of a run and its users, whoever died. */
async function expectEachOnce(id: string, outcome: string, action: string): Promise<void> {
  const entries = await control.collection('legacy_migration_log').find({ run_id: id }).toArray();
  expect(entries.map(({ user_id }) => String(user_id)).sort()).toEqual(users.map(({ _id }) => _id.toHexString()).sort());
  expect(new Set(entries.map((entry) => String(entry['outcome'])))).toEqual(new Set([outcome]));
  expect(await control.collection('audit_events').countDocuments({ action, 'details.run_id': id })).toBe(userCount);
  expect(await control.collection('operations').countDocuments({ $or: [{ lock: { $exists: true } }, { state: { $in: ['running', 'undoing'] } }] })).toBe(0);
}

beforeAll(async () => {
  mongodb = await startExternalMongodb();
  admin = await new MongoClient(mongodb.uri).connect();
  control = admin.db('freehold');
  // A process that dies leaves its transaction open, which holds what it wrote for so long; 60 by itself.
  await admin.db('admin').command({ setParameter: 1, transactionLifetimeLimitSeconds: 2 });
  await Promise.all([start(), start()]);
  for (let made = 0; made < userCount; made += 20) users.push(...await Promise.all(Array.from({ length: 20 }, (_, index) => makeUser(made + index))));
}, 120_000);

afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.stop()));
  await admin.db('admin').command({ setParameter: 1, transactionLifetimeLimitSeconds: 60 });
  await admin.close();
  await mongodb.stop();
  removeFolder(folder);
});

describe('a migration whose replicas are killed again and again', () => {
  it('gives each user one outcome, and so does its rollback, after which everything is as it was', async () => {
    const before = await state();
    const { id } = await (await clientOf(replicas[0]!)).legacyMigrations.start({ mode: 'run', concurrency: 4 });
    expect(await killThrough(id)).toMatchObject({ total: userCount, done: userCount, outcomes: { migrated: userCount } });
    await expectEachOnce(id, 'migrated', 'legacy.user_migrated');
    const documents = await control.collection('users').find({ _id: { $in: users.map(({ _id }) => _id) } }).toArray();
    for (const document of documents) expect([document['databases'], document['legacy_migration']]).toMatchObject([[{ status: 'active', mongo_username: `user_${String(document._id)}` }], { run_id: id }]);
    for (const { user, roles, customData } of await mongoUsers()) expect([roles.map(({ role }) => role).sort(), `user_${customData?.freehold?.user_id}`]).toEqual([['dbAdmin', 'readWrite'], user]);

    const rollback = await (await clientOf(replicas[0]!)).legacyMigrations.rollback({ id, concurrency: 4 });
    expect(await killThrough(rollback.id)).toMatchObject({ done: userCount, outcomes: { rolled_back: userCount } });
    await expectEachOnce(rollback.id, 'rolled_back', 'legacy.user_rolled_back');
    expect(await state()).toBe(before);
  }, 300_000);
});
