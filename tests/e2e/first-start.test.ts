// `freehold up` on a fresh machine, stopped, killed, started again.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { createServer, type AddressInfo } from 'node:net';
import { createClient } from '@freehold/api';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeFolder, runFreehold, signUp, startPlatform, temporaryFolder, type TestPlatform } from './platform.js';

describe('a first start', () => {
  let dataDirectory: string;
  let platform: TestPlatform;

  beforeAll(async () => {
    dataDirectory = temporaryFolder('first-start');
    platform = await startPlatform({ dataDirectory });
  });

  afterAll(async () => {
    await platform.stop();
    removeFolder(dataDirectory);
  });

  it('makes an operator account whose printed password signs in', async () => {
    const signedIn = await createClient({ baseUrl: platform.url }).authentication.signIn({ email: platform.operator!, password: platform.operator_password! });
    const account = await createClient({ baseUrl: platform.url, token: signedIn.token }).authentication.me();
    expect(account.role).toBe('operator');
  });

  it('makes a master key that only its owner can read, and says so', () => {
    expect(statSync(join(dataDirectory, 'master-keys')).mode & 0o777).toBe(0o600);
    expect(platform.notices.join('\n')).toContain('master-keys');
  });

  it('is live and ready', async () => {
    expect((await fetch(`${platform.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${platform.url}/readyz`)).status).toBe(200);
  });

  it('shows the dashboard at / and the reference at /api/docs', async () => {
    expect(await (await fetch(`${platform.url}/`, { headers: { accept: 'text/html' } })).text()).toContain('<title>Freehold</title>');
    expect((await fetch(`${platform.url}/api/docs`, { headers: { accept: 'text/html' } })).status).toBe(200);
    expect((await (await fetch(`${platform.url}/api/openapi.json`)).json() as { openapi: string }).openapi).toMatch(/^3\.1/u);
  });

  it('gives two databases to a person, each opened by its own URI and by no other', async () => {
    const { client } = await signUp(platform.url);
    const [shop, blog] = await Promise.all([client.databases.create({ name: 'shop' }), client.databases.create({ name: 'blog' })]);
    await Promise.all([[shop, blog] as const, [blog, shop] as const].map(async ([own, other]) => {
      const mongo = await new MongoClient(own.connection_uri).connect();
      try {
        await mongo.db().collection('things').insertOne({ name: own.name });
        expect(await mongo.db().collection('things').findOne({}, { projection: { _id: 0 } })).toEqual({ name: own.name });
        await expect(mongo.db(other.mongo_database).collection('things').findOne()).rejects.toMatchObject({ code: 13 });
      } finally {
        await mongo.close();
      }
    }));
  });

  it('refuses a second process on the same folder, and loses nothing by it', async () => {
    await expect(startPlatform({ dataDirectory })).rejects.toThrow(/DATA_DIRECTORY_IN_USE/u);
    expect((await fetch(`${platform.url}/readyz`)).status).toBe(200);
  });
});

describe('a later start', () => {
  it.each(['stop', 'kill'] as const)('finds everything again after %s', async (end) => {
    const dataDirectory = temporaryFolder('restart');
    const first = await startPlatform({ dataDirectory });
    const { client, email, password } = await signUp(first.url);
    const database = await client.databases.create({ name: 'kept' });
    const before = await new MongoClient(database.connection_uri).connect();
    await before.db().collection('notes').insertMany([{ n: 1 }, { n: 2 }]);
    await before.close();
    const enginePort = new URL(first.engine!).port;
    await first[end]();

    const second = await startPlatform({ dataDirectory, args: ['--engine-port', enginePort] });
    expect(second.operator_password).toBeNull();
    const { token } = await createClient({ baseUrl: second.url }).authentication.signIn({ email, password });
    const again = createClient({ baseUrl: second.url, token });
    expect((await again.databases.list()).items.map(({ name, status }) => ({ name, status }))).toEqual([{ name: 'kept', status: 'active' }]);
    const { connection_uri: uri } = await again.databases.connection({ id: database.id });
    expect(uri).toBe(database.connection_uri);
    const after = await new MongoClient(uri).connect();
    expect(await after.db().collection('notes').countDocuments()).toBe(2);
    await after.close();
    expect(await second.stop()).toBe(0);
    removeFolder(dataDirectory);
  });
});

describe('a start that cannot be', () => {
  const cases: readonly (readonly [string, (folder: string) => NodeJS.ProcessEnv, RegExp])[] = [
    ['an external MongoDB and no master key', () => ({ FREEHOLD_MONGODB_URI: 'mongodb://127.0.0.1:1/' }), /MASTER_KEYS_MISSING/u],
    ['a master key of the wrong length', () => ({ FREEHOLD_MASTER_KEYS: 'k1:c2hvcnQ=' }), /MASTER_KEYS_INVALID/u],
    ['a master key file that is not there', (folder) => ({ FREEHOLD_MASTER_KEYS_FILE: join(folder, 'nowhere') }), /MASTER_KEYS_INVALID/u],
    ['a setting that is no port', () => ({ FREEHOLD_ENGINE_PORT: 'http' }), /CONFIGURATION_INVALID/u],
    ['a data folder that is a file', () => ({ FREEHOLD_DATA_DIR: '/etc/hostname' }), /DATA_DIRECTORY_UNUSABLE/u],
    ['a MongoDB that does not answer', () => ({ FREEHOLD_MONGODB_URI: 'mongodb://127.0.0.1:1/', FREEHOLD_MASTER_KEYS: `k1:${Buffer.alloc(32).toString('base64')}` }), /MONGODB_UNREACHABLE/u],
  ];

  it.each(cases)('says what to do about %s', async (_case, environment, expected) => {
    const folder = temporaryFolder('refused');
    const result = await runFreehold(['--json', 'up', '--port', '0', ...(_case.includes('setting') ? [] : ['--engine-port', '0'])], { environment: { FREEHOLD_DATA_DIR: folder, ...environment(folder) } });
    removeFolder(folder);
    expect(result.stderr).toMatch(expected);
    const { error } = JSON.parse(result.stderr.trim().split('\n').at(-1)!) as { error: { remedy: string } };
    expect(error.remedy).not.toBe('');
    expect(result.code).toBe(6);
  });

  it('names the port that is taken, for the API and for the engine', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const folder = temporaryFolder('port-taken');
    const [api, engine] = await Promise.all([
      runFreehold(['--json', 'up', '--port', String(port), '--engine-port', '0'], { environment: { FREEHOLD_DATA_DIR: join(folder, 'a') } }),
      runFreehold(['--json', 'up', '--port', '0', '--engine-port', String(port)], { environment: { FREEHOLD_DATA_DIR: join(folder, 'b') } }),
    ]);
    await new Promise((resolve) => server.close(resolve));
    removeFolder(folder);
    for (const result of [api, engine]) {
      expect(result.stderr).toMatch(/PORT_TAKEN/u);
      expect(result.stderr).toContain(String(port));
    }
  });

  it('notices a master key that is not the one of the first start', async () => {
    const dataDirectory = temporaryFolder('wrong-key');
    const platform = await startPlatform({ dataDirectory });
    await platform.stop();
    const other = `k1:${Buffer.alloc(32, 9).toString('base64')}`;
    await expect(startPlatform({ dataDirectory, environment: { FREEHOLD_MASTER_KEYS: other } })).rejects.toThrow(/MASTER_KEYS_WRONG/u);
    const again = await startPlatform({ dataDirectory });
    await again.stop();
    removeFolder(dataDirectory);
  });
});
