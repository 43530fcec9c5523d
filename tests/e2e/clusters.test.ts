// Two control planes on one control database, and a second cluster behind a cable: registered, used, cut off, and back.
import { createClient } from '@freehold/api';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTcpProxy, type TcpProxy } from '../../packages/server/src/testing/tcp-proxy.fixture.js';
import { externalMasterKey, startExternalMongodb, type ExternalMongodb } from './external-mongodb.js';
import { removeFolder, runFreehold, signUp, startPlatform, temporaryFolder, type RunResult, type TestPlatform } from './platform.js';

const isExternal = (process.env['FREEHOLD_TEST_MONGODB_URI'] ?? '') !== '';
const operatorPassword = 'the operator of two';

describe.skipIf(isExternal)('clusters', () => {
  const folders = ['clusters-1', 'clusters-2', 'clusters-home-1', 'clusters-home-2'].map(temporaryFolder);
  let control: ExternalMongodb;
  let second: ExternalMongodb;
  let proxy: TcpProxy;
  let platforms: readonly TestPlatform[];

  const freehold = (platform: number, args: readonly string[], input = ''): Promise<RunResult> =>
    runFreehold(args, { environment: { FREEHOLD_URL: platforms[platform]!.url, FREEHOLD_CONFIG_HOME: folders[platform + 2]! }, input });
  const secondUri = (): string => `${second.uri.replace(/:\d+\//u, `:${proxy.port}/`)}&serverSelectionTimeoutMS=1000`;

  beforeAll(async () => {
    [control, second] = await Promise.all([startExternalMongodb(), startExternalMongodb()]);
    proxy = await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(second.uri).port) });
    const environment = { FREEHOLD_MONGODB_URI: control.uri, FREEHOLD_MASTER_KEYS: `k1:${externalMasterKey}`, FREEHOLD_OPERATOR_PASSWORD: operatorPassword };
    const first = await startPlatform({ dataDirectory: folders[0]!, environment });
    platforms = [first, await startPlatform({ dataDirectory: folders[1]!, environment })];
    for (const platform of [0, 1]) expect(await freehold(platform, ['sign-in', '--email', 'operator@freehold.local', '--password-stdin'], operatorPassword)).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    await Promise.all(platforms.map((platform) => platform.stop()));
    await proxy.stop();
    await Promise.all([control.stop(), second.stop()]);
    folders.forEach(removeFolder);
  });

  it('are registered at one control plane and used by the other at once', async () => {
    const refused = await freehold(0, ['cluster', 'add', 'Wrong', '--uri-stdin'], secondUri().replace('external-root-password', 'guessed'));
    expect(refused).toMatchObject({ code: 5 });
    expect(refused.stderr).toContain('refuses the user or the password');
    const added = await freehold(0, ['cluster', 'add', 'Second', '--uri-stdin', '--max-users', '50', '--max-mb', '500000'], secondUri());
    expect(added, added.stderr).toMatchObject({ code: 0 });
    expect(added.stdout).toContain('second');
    expect(await freehold(1, ['cluster', 'drain', 'primary'])).toMatchObject({ code: 0 });
    expect((await freehold(1, ['cluster', 'list'])).stdout).toMatch(/second +Second +active +0 +\d+ of 50 +[^\n]+ of 488\.3 GB/u);
    for (const { url } of platforms) {
      const { client } = await signUp(url);
      const database = await client.databases.create({ name: 'shop' });
      expect(database.cluster_id).toBe('second');
      expect(database.connection_uri).toContain(`:${proxy.port}/`);
      const app = new MongoClient(database.connection_uri);
      await app.db().collection('orders').insertOne({ works: true });
      await app.close();
    }
    expect(await freehold(0, ['cluster', 'remove', 'second', '--yes'])).toMatchObject({ code: 5 });
    expect((await freehold(0, ['cluster', 'show', 'second'])).stdout).toMatch(/databases +2/u);
  });

  it('that are cut off stop nobody else, and what waits for them goes on by itself when they are back', async () => {
    const { url } = platforms[1]!;
    const { client, token } = await signUp(url);
    const { id } = await client.databases.create({ name: 'shop' });
    await proxy.cut();
    const rotate = (): Promise<Response> => fetch(`${url}/api/databases/${id}/rotate-credentials`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'idempotency-key': 'rotate-once' } });
    const refused = await rotate();
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const { error } = await refused.json() as { readonly error: { readonly code: string; readonly details: { readonly operation_id: string } } };
    expect(error.code).toBe('CLUSTER_UNAVAILABLE');
    expect(await client.databases.list()).toMatchObject({ total: 1 });
    expect(await client.databases.get({ id })).toMatchObject({ status: 'active' });
    expect(await freehold(0, ['cluster', 'probe', 'second'])).toMatchObject({ code: 6 });
    expect((await freehold(0, ['cluster', 'show', 'second'])).stdout).toMatch(/state +unreachable/u);
    expect(await freehold(0, ['cluster', 'drain', 'primary', '--undo'])).toMatchObject({ code: 0 });
    const other = await signUp(url);
    expect(await other.client.databases.create({ name: 'elsewhere' })).toMatchObject({ cluster_id: 'primary' });

    await proxy.mend();
    await expect.poll(async () => (await client.operations.get({ id: error.details.operation_id })).state, { timeout: 60_000, interval: 200 }).toBe('succeeded');
    const { connection_uri } = await client.databases.connection({ id });
    const app = new MongoClient(connection_uri);
    await app.db().collection('orders').insertOne({ works: true });
    await app.close();
    expect(await freehold(0, ['cluster', 'probe', 'second'])).toMatchObject({ code: 0 });
  });

  it('leave their URI in no output', async () => {
    const operator = createClient({ baseUrl: platforms[0]!.url });
    const { token } = await operator.authentication.signIn({ email: 'operator@freehold.local', password: operatorPassword });
    const listed = await createClient({ baseUrl: platforms[0]!.url, token }).clusters.list();
    const root = new MongoClient(control.uri);
    const register = await root.db('freehold').collection('clusters').find().toArray();
    const audit = await root.db('freehold').collection('audit_events').find({ 'subject.kind': 'cluster' }).toArray();
    await root.close();
    expect(audit.length).toBeGreaterThan(0);
    for (const text of [JSON.stringify(listed), JSON.stringify(register), JSON.stringify(audit), ...platforms.map((platform) => platform.output())]) expect(text).not.toContain('external-root-password');
  });
});
