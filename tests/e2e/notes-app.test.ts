// The sample app, deployed through the API and used over HTTP.
import { join } from 'node:path';
import { createClient } from '@freehold/api';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../../packages/server/src/testing/free-port.fixture.js';
import { removeFolder, root, signUp, startPlatform, temporaryFolder, type Client, type TestPlatform } from './platform.js';

describe('the notes app', () => {
  const dataDirectory = temporaryFolder('notes');
  let platform: TestPlatform;
  let client: Client;
  let token: string;
  let port: number;
  let appId: string;

  const spec = () => ({ command: [process.execPath, 'server.js'], cwd: join(root, 'examples/notes'), port, env: { LOG_LEVEL: 'info' } });
  const request = async (method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method, ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  };

  beforeAll(async () => {
    platform = await startPlatform({ dataDirectory });
    ({ client, token } = await signUp(platform.url));
    port = await freePort();
  });

  afterAll(async () => {
    await platform.stop();
    removeFolder(dataDirectory);
  });

  it('is not deployed while there is no database for it', async () => {
    const app = await client.apps.create({ name: 'notes', spec: spec() });
    appId = app.id;
    await expect(client.apps.deploy({ id: appId })).rejects.toMatchObject({ code: 'NO_DATABASE_AVAILABLE' });
  });

  it('runs on the default database when it names none, and answers over HTTP', async () => {
    const database = await client.databases.create({ name: 'notes' });
    expect(database.is_default).toBe(true);
    expect(await client.apps.deploy({ id: appId })).toMatchObject({ status: 'running', database_id: null });
    const made = await request('POST', '/notes', { title: 'Milk', tags: ['shopping'] });
    expect(made).toMatchObject({ status: 201, body: { title: 'Milk', tags: ['shopping'] } });
    const { id } = made.body as { id: string };
    expect((await request('PATCH', `/notes/${id}`, { body: 'two litres' })).body).toMatchObject({ body: 'two litres', title: 'Milk' });
    expect((await request('GET', '/notes?tag=shopping')).body).toMatchObject([{ id, title: 'Milk' }]);
    expect((await request('GET', '/tags')).body).toEqual([{ tag: 'shopping', count: 1 }]);
    expect((await request('POST', '/notes', { titel: 'typo' })).status).toBe(400);
    expect((await request('DELETE', `/notes/${id}`)).status).toBe(204);
    expect((await request('GET', `/notes/${id}`)).status).toBe(404);
  });

  it('keeps its log, without the URI', async () => {
    const { connection_uri: uri, password } = await client.databases.connection({ id: (await client.databases.list()).items[0]!.id });
    const { lines } = await client.apps.logs({ id: appId });
    const text = lines.map((line) => line.text).join('\n');
    expect(text).toContain('Server listening');
    expect(text).not.toContain(uri);
    expect(text).not.toContain(password);
  });

  it('is started again when it falls', async () => {
    await request('POST', '/notes', { title: 'survives' });
    const started = () => client.apps.logs({ id: appId }).then(({ lines }) => lines.filter(({ stream, text }) => stream === 'platform' && text.startsWith('started')));
    const [first] = await started();
    process.kill(Number(/\d+/u.exec(first!.text)![0]), 'SIGKILL');
    await vi.waitFor(async () => expect(await started()).toHaveLength(2), { timeout: 20_000, interval: 100 });
    await vi.waitFor(async () => expect(await request('GET', '/notes')).toMatchObject({ status: 200, body: [{ title: 'survives' }] }), { timeout: 20_000, interval: 100 });
  });

  it('gets the new credential when its database is rotated', async () => {
    const [database] = (await client.databases.list()).items;
    await client.databases.rotateCredentials({ id: database!.id });
    await vi.waitFor(async () => expect(await request('GET', '/notes')).toMatchObject({ status: 200, body: [{ title: 'survives' }] }), { timeout: 20_000, interval: 100 });
  });

  it('may name a database of its owner, and nobody else\'s', async () => {
    const stranger = await signUp(platform.url);
    const theirs = await stranger.client.databases.create({ name: 'theirs' });
    const refused = await client.apps.create({ name: 'thief', database_id: theirs.id, spec: spec() }).catch((error: unknown) => error);
    const absent = await client.apps.create({ name: 'thief', database_id: 'ffffffff', spec: spec() }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'DATABASE_NOT_FOUND', status: 404 });
    expect(absent).toMatchObject({ code: 'DATABASE_NOT_FOUND', status: 404 });
    await expect(stranger.client.apps.deploy({ id: appId })).rejects.toMatchObject({ code: 'APP_NOT_FOUND' });
  });

  it('stops with the platform, and the next start takes it up again', async () => {
    const enginePort = new URL(platform.engine!).port;
    await platform.stop();
    await expect(request('GET', '/health')).rejects.toThrow();
    platform = await startPlatform({ dataDirectory, args: ['--engine-port', enginePort] });
    await vi.waitFor(async () => expect(await request('GET', '/notes')).toMatchObject({ status: 200, body: [{ title: 'survives' }] }), { timeout: 30_000, interval: 100 });
  });

  it('runs once only after the platform was killed under it', async () => {
    const enginePort = new URL(platform.engine!).port;
    await platform.kill();
    platform = await startPlatform({ dataDirectory, args: ['--engine-port', enginePort] });
    const again = createClient({ baseUrl: platform.url, token });
    await vi.waitFor(async () => expect(await again.apps.get({ id: appId })).toMatchObject({ status: 'running' }), { timeout: 30_000, interval: 100 });
    expect(await request('GET', '/notes')).toMatchObject({ status: 200, body: [{ title: 'survives' }] });
  });
});
