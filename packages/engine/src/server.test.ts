import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { engineUnderTest, rejection, rootUser, type EngineUnderTest } from './running-engine.fixture.js';
import { startEngine, type EngineOptions } from './server.js';
import { startEngineWorker } from './worker.js';

const opened: EngineUnderTest[] = [];

async function engine(options: Partial<EngineOptions> = {}): Promise<EngineUnderTest> {
  const under = await engineUnderTest(options);
  opened.push(under);
  return under;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((under) => under.close()));
});

async function listening(): Promise<{ server: Server; port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

describe('startEngine', () => {
  it('says what to do where the port is taken, and lets go of the folder', async () => {
    const dataDirectory = await mkdtemp(join(tmpdir(), 'freehold-engine-'));
    const { server, port } = await listening();
    const error = await rejection(startEngine({ dataDirectory, port }));
    expect(error.message).toBe(`port ${port} on 127.0.0.1 is in use: stop what listens there, or choose another port for the engine`);
    await new Promise((resolve) => server.close(resolve));
    const started = await startEngine({ dataDirectory, port });
    expect(started.uri).toBe(`mongodb://127.0.0.1:${port}/`);
    await started.stop();
    await rm(dataDirectory, { recursive: true });
  });

  it('refuses a folder that another engine has', async () => {
    const { dataDirectory } = await engine();
    await expect(startEngine({ dataDirectory, port: 0 })).rejects.toThrow(dataDirectory);
  });

  it('finds users and data again, and gives the root user a changed password', async () => {
    const first = await engineUnderTest({ dataDirectory: await mkdtemp(join(tmpdir(), 'freehold-engine-')) });
    const root = await first.clientOf(rootUser.user, rootUser.password);
    await root.db('admin').command({ createUser: 'kept', pwd: 'p', roles: ['clusterMonitor'] });
    await root.db('shop').collection('orders').insertOne({ n: 1 });
    await first.close();
    const second = await engine({ dataDirectory: first.dataDirectory, rootUser: { user: 'root', password: 'another' } });
    const again = await second.clientOf('root', 'another');
    expect(await again.db('shop').collection('orders').findOne()).toMatchObject({ n: 1 });
    expect(await rejection(second.clientOf(rootUser.user, rootUser.password))).toMatchObject({ code: 18 });
    await second.clientOf('kept', 'p');
    await rm(first.dataDirectory, { recursive: true });
  });

  it('names the address that it was told to advertise', async () => {
    const under = await engine({ advertisedHost: 'db.example.org:27017', replicaSetName: 'main', authorization: false });
    const client = await under.client({ directConnection: true });
    const hello = await client.db('admin').command({ hello: 1 });
    expect(hello).toMatchObject({ hosts: ['db.example.org:27017'], me: 'db.example.org:27017', setName: 'main' });
  });

  it('lets replica-set clients find it', async () => {
    const under = await engine({ authorization: false });
    const client = await under.client({ replicaSet: 'rs0' });
    expect(await client.db('admin').command({ ping: 1 })).toMatchObject({ ok: 1 });
  });

  it('closes connections beyond the limit', async () => {
    const under = await engine({ authorization: false, connectionsMax: 2 });
    await under.socket();
    await under.socket();
    const third = await under.socket();
    await new Promise((resolve) => third.once('close', resolve));
    expect(under.logEvents.some(({ event }) => event === 'connection.refused')).toBe(true);
  });
});

describe('stop', () => {
  it('answers what runs, then ends, once however often it is called', async () => {
    const under = await engine({ authorization: false, testCommands: true });
    const client = await under.client({ retryWrites: false });
    const data = { failCommands: ['insert'], blockConnection: true, blockTimeMS: 50 };
    await client.db('admin').command({ configureFailPoint: 'failCommand', mode: { times: 1 }, data });
    const insert = client.db('test').collection('c').insertOne({ a: 1 });
    await client.db('admin').command({ ping: 1 });
    await Promise.all([under.engine.stop(), under.engine.stop()]);
    expect(await insert).toMatchObject({ acknowledged: true });
    await under.engine.whenStopped;
  });

  it('comes with the shutdown command', async () => {
    const under = await engine({ authorization: false });
    const client = await under.client();
    await client.db('admin').command({ shutdown: 1 }).catch(() => undefined);
    await under.engine.whenStopped;
    expect(under.logEvents.at(-1)?.event).toBe('engine.stopped');
  });
});

describe('startEngineWorker', () => {
  it('runs an engine', async () => {
    const dataDirectory = await mkdtemp(join(tmpdir(), 'freehold-engine-'));
    const worker = await startEngineWorker({ dataDirectory, port: 0, authorization: false });
    expect(worker.uri).toBe(`mongodb://127.0.0.1:${worker.port}/`);
    await worker.stop();
    await worker.whenStopped;
    await rm(dataDirectory, { recursive: true });
  });
});

describe('roles', () => {
  it('let owners of a database do everything in it and nothing beside it', async () => {
    const under = await engine();
    const root = await under.clientOf(rootUser.user, rootUser.password);
    await root.db('other').collection('c').insertOne({ secret: true });
    await root.db('admin').command({ createUser: 'owner', pwd: 'p', roles: [{ role: 'readWrite', db: 'mine' }, { role: 'dbAdmin', db: 'mine' }] });
    const owner = await under.clientOf('owner', 'p');
    await owner.db('mine').collection('c').insertOne({ a: 1 });
    expect(await owner.db('mine').collection('c').findOne()).toMatchObject({ a: 1 });
    const error = await rejection(owner.db('other').collection('c').findOne());
    expect(error).toMatchObject({ code: 13, codeName: 'Unauthorized' });
    expect(error.message).toMatch(/^not authorized on other to execute command \{ find: "c", filter: \{\}/u);
    expect(await rejection(owner.db('other').collection('c').insertOne({}))).toMatchObject({ code: 13 });
    expect(await rejection(owner.db('admin').collection('system.users').findOne())).toMatchObject({ code: 13 });
    expect(await rejection(owner.db('mine').command({ createUser: 'x', pwd: 'p', roles: [] }))).toMatchObject({ code: 13 });
  });
});
