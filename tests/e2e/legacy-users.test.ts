// A platform that adopts Freehold: its users sign in, use and deploy as before, are migrated, and notice nothing.
import { createCipheriv, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hash } from '@node-rs/argon2';
import { createClient } from '@freehold/api';
import { MongoClient, ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeFolder, startPlatform, temporaryFolder, type Client, type TestPlatform } from './platform.js';

const folder = temporaryFolder('legacy-users');
const key = randomBytes(32);
const signInPassword = 'the old password of ada';
let platform: TestPlatform;
let admin: MongoClient;

function encrypted(text: string): string {
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return [iv, cipher.getAuthTag(), ciphertext].map((part) => part.toString('base64')).join(':');
}

interface LegacyUser {
  readonly userId: string;
  readonly email: string;
  readonly password: string;
  readonly appId: ObjectId;
}

async function legacyUser(_id: ObjectId | string): Promise<LegacyUser> {
  const [userId, email, password, appId] = [String(_id), `Ada.${String(_id)}@example.org`, `s3cr:et/${randomBytes(4).toString('hex')}`, new ObjectId()];
  const control = admin.db('freehold');
  await control.collection<{ _id: ObjectId | string }>('users').insertOne({ _id, email, password_hash: await hash(signInPassword), mongo_password_encrypted: encrypted(password) } as never);
  await control.collection('apps').insertOne({ _id: appId, user_id: userId, name: 'old app', status: 'running', image: 'registry/old' });
  await admin.db('admin').command({ createUser: `user_${userId}`, pwd: password, roles: [{ role: 'readWrite', db: `user_${userId}` }, { role: 'dbAdmin', db: `user_${userId}` }] });
  await admin.db(`user_${userId}`).collection('orders').insertMany([{ total: 1 }, { total: 2 }]);
  return { userId, email, password, appId };
}

beforeAll(async () => {
  platform = await startPlatform({ dataDirectory: join(folder, 'data'), environment: { FREEHOLD_LEGACY_CIPHERS: JSON.stringify({ main: { kind: 'aes-gcm-iv-tag-ciphertext', keys: [key.toString('base64')] } }) } });
  const rootPassword = readFileSync(join(platform.dataDirectory, 'engine-root-password'), 'utf8').trim();
  admin = new MongoClient(`mongodb://freehold-root:${encodeURIComponent(rootPassword)}@${new URL(platform.engine!).host}/?authSource=admin&directConnection=true`);
});
afterAll(async () => {
  await admin.close();
  await platform.stop();
  removeFolder(folder);
});

async function signIn(email: string, password: string): Promise<Client> {
  const { token } = await createClient({ baseUrl: platform.url }).authentication.signIn({ email, password });
  return createClient({ baseUrl: platform.url, token });
}

/** What a user sees of their database: all that programs of the earlier platform ask for. */
async function sight(client: Client) {
  const { items } = await client.databases.list();
  const [database] = items;
  const [stats, connection, named, apps] = [await client.databases.stats(), await client.databases.connection({ id: database!.id }), await client.databases.get({ id: 'default' }), await client.apps.list()];
  const mongo = new MongoClient(connection.connection_uri);
  const orders = await mongo.db().collection('orders').countDocuments();
  await mongo.close();
  return { databases: items.map(({ id, name, mongo_database, is_default }) => ({ id, name, mongo_database, is_default })), database: stats.database, objects: stats.objects, uri: connection.connection_uri, named: named.id, apps: apps.items.map(({ id, name, status }) => ({ id, name, status })), orders };
}

/** Deploys an app that names no database, and gives the name of the one it was started with. */
async function deployedDatabase(client: Client, name: string): Promise<string> {
  const app = await client.apps.create({ name, spec: { command: [process.execPath, '-e', 'console.log("db=" + new URL(process.env.MONGODB_URI).pathname); setInterval(() => undefined, 1000)'] } });
  await client.apps.deploy({ id: app.id });
  const lines = async (): Promise<string> => (await client.apps.logs({ id: app.id })).lines.map(({ text }) => text).join('\n');
  await expect.poll(lines, { timeout: 20_000 }).toContain('db=/');
  const shown = await lines();
  await client.apps.remove({ id: app.id });
  return /db=\/(\S+)/u.exec(shown)![1]!;
}

describe.each([['an ObjectId', new ObjectId()], ['a text', 'tenant-42']])('a user of an earlier platform with %s', (_what, _id) => {
  it('signs in, uses, and deploys the same before, during and after the migration', async () => {
    const user = await legacyUser(_id);
    const client = await signIn(user.email, signInPassword);
    const before = await sight(client);
    expect(before).toMatchObject({ databases: [{ name: 'default', mongo_database: `user_${user.userId}`, is_default: true }], database: `user_${user.userId}`, objects: 2, orders: 2, apps: [{ id: user.appId.toHexString(), name: 'old app' }] });
    expect(before.uri).toContain(`user_${user.userId}:${encodeURIComponent(user.password)}@`);
    expect(await deployedDatabase(client, 'before')).toBe(`user_${user.userId}`);

    const operator = await signIn(platform.operator!, platform.operator_password!);
    const run = await operator.legacyMigrations.start({ mode: 'run', user_ids: [user.userId] });
    let last = run;
    for await (const state of operator.legacyMigrations.events({ id: run.id })) last = state;
    expect(last).toMatchObject({ state: 'done', outcomes: { migrated: 1 } });

    expect(await sight(client)).toEqual(before);
    expect(await sight(await signIn(user.email.toUpperCase(), signInPassword))).toEqual(before);
    expect(await deployedDatabase(client, 'after')).toBe(`user_${user.userId}`);
    const shop = await client.databases.create({ name: 'shop' });
    expect(shop.mongo_database).toBe(`user_${user.userId}_${shop.id}`);
  });
});
