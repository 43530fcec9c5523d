import { Long, UUID } from 'bson';
import type { Collection, Db, MongoClient } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { engineUnderTest, rejection, type EngineUnderTest } from '../running-engine.fixture.js';
import { RawClient } from '../wire/raw-client.fixture.js';

let under: EngineUnderTest;
let client: MongoClient;
let admin: Db;

beforeAll(async () => {
  under = await engineUnderTest({ authorization: false, testCommands: true });
  client = await under.client({ retryWrites: false, retryReads: false });
  admin = client.db('admin');
});

afterAll(async () => {
  await under.close();
});

async function raw(): Promise<RawClient> {
  return new RawClient(await under.socket());
}

async function answer(command: object): Promise<unknown> {
  return (await (await raw()).ask({ ...command }))?.document;
}

const lsid = { id: Buffer.alloc(16, 7) };

describe('a command', () => {
  it.each<[string, object, object]>([
    ['that nobody knows', { nope: 1, $db: 'test' }, { code: 59, codeName: 'CommandNotFound', errmsg: "no such command: 'nope'" }],
    ['that the engine does not have', { mapReduce: 'c', $db: 'test' }, { code: 115, codeName: 'CommandNotSupported' }],
    ['of admin in another database', { top: 1, $db: 'test' }, { code: 13, errmsg: 'top may only be run against the admin database.' }],
    ['with an unknown field', { ping: 1, nope: 1, $db: 'test' }, { code: 40415, errmsg: "BSON field 'ping.nope' is an unknown field." }],
    ['without a required field', { createUser: 'x', $db: 'test' }, { code: 40414, errmsg: "BSON field 'createUser.roles' is missing but a required field" }],
    ['with a field of the wrong type', { createUser: 1, roles: [], $db: 'test' }, { code: 14, codeName: 'TypeMismatch' }],
    ['without a database', { ping: 1 }, { code: 40571 }],
    ['in a database of an impossible name', { ping: 1, $db: 'a.b' }, { code: 73, codeName: 'InvalidNamespace' }],
    ['with a wrong $db', { ping: 1, $db: 1 }, { code: 14 }],
    ['with a negative time limit', { ping: 1, maxTimeMS: -1, $db: 'test' }, { code: 2 }],
    ['with a broken time limit', { ping: 1, maxTimeMS: 1.5, $db: 'test' }, { code: 2 }],
    ['with an unknown read concern', { ping: 1, readConcern: { level: 'nope' }, $db: 'test' }, { code: 2 }],
    ['with a snapshot outside a transaction', { ping: 1, readConcern: { level: 'snapshot' }, $db: 'test' }, { code: 72 }],
    ['with an impossible write concern', { ping: 1, writeConcern: { w: 51 }, $db: 'test' }, { code: 9 }],
    ['with a session id that is none', { ping: 1, lsid: { id: 1 }, $db: 'test' }, { code: 14 }],
    ['with a transaction number and no session', { ping: 1, txnNumber: Long.fromNumber(1), $db: 'test' }, { code: 72 }],
    ['with autocommit and no transaction number', { ping: 1, autocommit: false, $db: 'test' }, { code: 72 }],
    ['of an unknown API version', { ping: 1, apiVersion: '2', $db: 'test' }, { code: 322, codeName: 'APIVersionError' }],
    ['outside the Stable API', { listCommands: 1, apiVersion: '1', apiStrict: true, $db: 'test' }, { code: 323, codeName: 'APIStrictError' }],
    ['with API options and no version', { ping: 1, apiStrict: true, $db: 'test' }, { code: 4886600 }],
  ])('%s is refused with MongoDB\'s words', async (_name, command, expected) => {
    expect(await answer(command)).toMatchObject({ ok: 0, ...expected });
  });

  it.each<[string, object]>([
    ['of the Stable API', { ping: 1, apiVersion: '1', apiStrict: true, apiDeprecationErrors: true, $db: 'test' }],
    ['with options that are null', { ping: 1, maxTimeMS: null, $db: 'test' }],
    ['with a read preference', { ping: 1, $readPreference: { mode: 'secondaryPreferred' }, $db: 'test' }],
    ['by another name', { ismaster: 1, $db: 'test' }],
  ])('%s is accepted', async (_name, command) => {
    expect(await answer(command)).toMatchObject({ ok: 1 });
  });

  it('says what it does instead of doing it when asked for help', async () => {
    expect(await answer({ dropDatabase: 1, help: true, $db: 'test' })).toMatchObject({ help: expect.stringMatching(/^help for: dropDatabase \w+/u) as string, ok: 1 });
  });

  it('is answered with the cluster\'s time', async () => {
    expect(await answer({ ping: 1, $db: 'test' })).toHaveProperty('$clusterTime.signature');
    expect(await answer({ ping: 1, lsid, $db: 'test' })).toHaveProperty('operationTime');
  });
});

describe('a write concern that one member cannot fulfil', () => {
  it.each<[string, object, object | undefined]>([
    ['two members', { w: 2 }, { code: 100, codeName: 'UnsatisfiableWriteConcern' }],
    ['a tag', { w: 'dc1' }, { code: 79, codeName: 'UnknownReplWriteConcern' }],
    ['the majority', { w: 'majority', j: true, wtimeout: 5 }, undefined],
    ['one member', { w: 1 }, undefined],
  ])('%s is reported beside the reply', async (_name, writeConcern, expected) => {
    const reply = (await answer({ createUser: `user${Math.random()}`, pwd: 'p', roles: [], writeConcern, $db: 'test' })) as Record<string, unknown>;
    expect(reply).toMatchObject({ ok: 1 });
    if (expected === undefined) expect(reply['writeConcernError']).toBeUndefined();
    else expect(reply['writeConcernError']).toMatchObject(expected);
  });
});

describe('the fail point failCommand', () => {
  const configure = async (mode: unknown, data: object = {}): Promise<unknown> => admin.command({ configureFailPoint: 'failCommand', mode, data });

  afterEach(async () => {
    await configure('off');
  });

  it('fails a command as often as it was told to', async () => {
    await configure({ times: 2 }, { failCommands: ['ping'], errorCode: 91, errorLabels: ['Special'] });
    for (let count = 0; count < 2; count += 1) {
      expect(await answer({ ping: 1, $db: 'admin' })).toMatchObject({ ok: 0, code: 91, codeName: 'ShutdownInProgress', errorLabels: ['Special'] });
    }
    expect(await answer({ ping: 1, $db: 'admin' })).toMatchObject({ ok: 1 });
  });

  it('counts how often it struck', async () => {
    await configure('alwaysOn', { failCommands: ['ping'], errorCode: 1 });
    await rejection(admin.command({ ping: 1 }));
    expect(await configure('off')).toMatchObject({ count: 1 });
  });

  it('closes connections', async () => {
    await configure({ times: 1 }, { failCommands: ['buildInfo'], closeConnection: true });
    const peer = await raw();
    expect(await peer.ask({ buildInfo: 1, $db: 'admin' })).toBeUndefined();
  });

  it('adds a write concern error', async () => {
    await configure({ times: 1 }, { failCommands: ['createUser'], writeConcernError: { code: 64, errmsg: 'waited' } });
    expect(await answer({ createUser: 'withError', pwd: 'p', roles: [], $db: 'test' })).toMatchObject({ ok: 1, writeConcernError: { code: 64 } });
  });

  it('strikes only the application that it names', async () => {
    await configure('alwaysOn', { failCommands: ['ping'], errorCode: 1, appName: 'other' });
    expect(await admin.command({ ping: 1 })).toMatchObject({ ok: 1 });
    const other = await under.client({ appName: 'other' });
    expect(await rejection(other.db('admin').command({ ping: 1 }))).toMatchObject({ code: 1 });
  });

  it('blocks', async () => {
    await configure({ times: 1 }, { failCommands: ['buildInfo'], blockConnection: true, blockTimeMS: 50 });
    const [slow, quick] = [await raw(), await raw()];
    const order: string[] = [];
    await Promise.all([
      slow.ask({ buildInfo: 1, $db: 'admin' }).then(() => order.push('slow')),
      quick.ask({ ping: 1, $db: 'admin' }).then(() => order.push('quick')),
    ]);
    expect(order).toEqual(['quick', 'slow']);
  });
});

describe('fail points of writes and cursors', () => {
  const set = async (configureFailPoint: string, data: object): Promise<unknown> => admin.command({ configureFailPoint, mode: { times: 1 }, data });
  const things = (): Collection => retrying.db('failures').collection('things');
  let retrying: MongoClient;

  beforeAll(async () => {
    retrying = await under.client();
  });

  beforeEach(async () => {
    await things().drop();
  });

  it('lose the reply of a retryable write, which the driver then asks for again', async () => {
    await set('onPrimaryTransactionalWrite', {});
    expect(await things().insertOne({ a: 1 })).toMatchObject({ acknowledged: true });
    expect(await things().countDocuments()).toBe(1);
  });

  it('keep a retryable write from happening', async () => {
    await set('onPrimaryTransactionalWrite', { failBeforeCommitExceptionCode: 1, closeConnection: false });
    expect(await rejection(things().insertOne({ a: 1 }))).toMatchObject({ code: 1 });
    expect(await things().countDocuments()).toBe(0);
  });

  it('lose a cursor that was found', async () => {
    await things().insertMany([{ a: 1 }, { a: 2 }, { a: 3 }]);
    await set('failGetMoreAfterCursorCheckout', { errorCode: 96 });
    const cursor = things().find({}, { batchSize: 2 });
    expect(await rejection(cursor.toArray())).toMatchObject({ code: 96 });
  });

  it('are refused where they are not known', async () => {
    expect(await rejection(set('noSuchFailPoint', {}))).toMatchObject({ code: 115 });
  });

  it('label what a write may be sent again for, beside a reply that says it was kept', async () => {
    await admin.command({ configureFailPoint: 'failCommand', mode: { times: 1 }, data: { failCommands: ['insert'], writeConcernError: { code: 91, errmsg: 'x' } } });
    const insert = { insert: 'things', documents: [{ a: 1 }], lsid: { id: new UUID() }, txnNumber: Long.fromNumber(1), $db: 'failures' };
    expect(await answer(insert)).toMatchObject({ ok: 1, writeConcernError: { code: 91 }, errorLabels: ['RetryableWriteError'] });
  });

  it('fail the first words of a client, by the name that it brings with them and by any name of the command', async () => {
    await admin.command({ configureFailPoint: 'failCommand', mode: { times: 1 }, data: { failCommands: ['isMaster'], appName: 'newcomer', errorCode: 91 } });
    const introduce = async (name: string): Promise<unknown> => answer({ hello: 1, client: { application: { name }, driver: { name: 'd', version: '1' }, os: { type: 'Linux' } }, $db: 'admin' });
    expect(await introduce('somebody')).toMatchObject({ ok: 1 });
    expect(await introduce('newcomer')).toMatchObject({ ok: 0, code: 91 });
    expect(await introduce('newcomer')).toMatchObject({ ok: 1 });
  });

  it.each([[7, 'HostNotFound'], [462, 'IngressRequestRateLimitExceeded'], [189, 'PrimarySteppedDown'], [9001, 'SocketException'], [13436, 'NotPrimaryOrSecondary'], [99999, 'Location99999']])('raise error %i by the name %s', async (errorCode, codeName) => {
    await admin.command({ configureFailPoint: 'failCommand', mode: { times: 1 }, data: { failCommands: ['count'], errorCode } });
    expect(await answer({ count: 'things', $db: 'failures' })).toMatchObject({ ok: 0, code: errorCode, codeName });
  });

  it('fail commands that the engine does not have', async () => {
    await admin.command({ configureFailPoint: 'failCommand', mode: { times: 1 }, data: { failCommands: ['mapReduce'], closeConnection: true } });
    expect(await (await raw()).ask({ mapReduce: 'c', $db: 'db' })).toBeUndefined();
  });
});

describe('a write that asks for no acknowledgement', () => {
  it.each<[string, object]>([
    ['insert', { documents: [{ _id: 1 }, { _id: 1 }, { _id: 2 }] }],
    ['update', { updates: [{ q: {}, u: { $set: { x: 1 } }, multi: true }] }],
    ['delete', { deletes: [{ q: { _id: 1 }, limit: 1 }] }],
  ])('%s is told nothing of its statements, where the client reads a reply all the same', async (name, fields) => {
    const reply = await answer({ [name]: 'silent', ...fields, writeConcern: { w: 0 }, $db: 'silence' }) as object;
    expect(reply).toEqual({ n: 0, ok: 1, $clusterTime: expect.anything() as object, operationTime: expect.anything() as object });
  });
});

describe('the Stable API', () => {
  it.each([
    ['a command of none of its versions', { testVersion2: 1 }, 323, /testVersion2 is not in API Version 1/u],
    ['a field that it leaves out', { find: 'c', tailable: true }, 323, /'find.tailable' is not allowed with apiStrict:true/u],
    ['a stage that it leaves out', { aggregate: 1, pipeline: [{ $listLocalSessions: {} }], cursor: {} }, 323, /\$listLocalSessions is not allowed/u],
  ])('refuses %s where the client is strict', async (_name, command, code, errmsg) => {
    expect(await answer({ ...command, apiVersion: '1', apiStrict: true, $db: 'test' })).toMatchObject({ ok: 0, code, errmsg: expect.stringMatching(errmsg) as string });
    expect(await answer({ ...command, apiVersion: '1', $db: 'test' })).not.toMatchObject({ code });
  });
});

describe('an engine without test commands', () => {
  it('knows no fail points', async () => {
    const plain = await engineUnderTest({ authorization: false });
    try {
      const error = await rejection((await plain.client()).db('admin').command({ configureFailPoint: 'failCommand', mode: 'off' }));
      expect(error).toMatchObject({ code: 59 });
    } finally {
      await plain.close();
    }
  });
});
