import { Long, UUID } from 'bson';
import type { Db, MongoClient } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { engineUnderTest, rejection, type EngineUnderTest } from '../running-engine.fixture.js';
import { RawClient } from '../wire/raw-client.fixture.js';

let under: EngineUnderTest;
let client: MongoClient;
let db: Db;
let collectionNumber = 0;
let name: string;

beforeAll(async () => {
  under = await engineUnderTest({ authorization: false, testCommands: true });
  client = await under.client();
  db = client.db('test');
});

beforeEach(() => {
  collectionNumber += 1;
  name = `c${collectionNumber}`;
});

afterAll(async () => {
  await under.close();
});

let sessionNumber = 0;

/** A session of raw commands: every number of a transaction is the test's own. */
async function rawSession(): Promise<(command: object) => Promise<Record<string, unknown>>> {
  const raw = new RawClient(await under.socket());
  sessionNumber += 1;
  const lsid = { id: new UUID(`00000000-0000-4000-8000-${String(sessionNumber).padStart(12, '0')}`) };
  return async (command) => (await raw.ask({ ...command, $db: '$db' in command ? command.$db : 'test', lsid }))?.document as Record<string, unknown>;
}

const number = (value: number): Long => Long.fromNumber(value);
const inTransaction = (txnNumber: number, first = false): object => ({ txnNumber: number(txnNumber), autocommit: false, ...(first ? { startTransaction: true } : {}) });

describe('a transaction', () => {
  it('is seen by nobody before it is committed, and by everybody after', async () => {
    const session = client.startSession();
    await session.withTransaction(async () => {
      await db.collection(name).insertOne({ a: 1 }, { session });
      expect(await db.collection(name).findOne({}, { session })).toMatchObject({ a: 1 });
      expect(await db.collection(name).findOne()).toBeNull();
    });
    expect(await db.collection(name).findOne()).toMatchObject({ a: 1 });
    await session.endSession();
  });

  it('leaves nothing behind when it is aborted', async () => {
    const session = client.startSession();
    session.startTransaction();
    await db.collection(name).insertOne({ a: 1 }, { session });
    await session.abortTransaction();
    expect(await db.collection(name).estimatedDocumentCount()).toBe(0);
    await session.endSession();
  });

  it('is over after an error inside it', async () => {
    const run = await rawSession();
    await run({ insert: name, documents: [{ _id: 1 }] });
    expect(await run({ insert: name, documents: [{ _id: 2 }], ...inTransaction(1, true) })).toMatchObject({ ok: 1, n: 1 });
    await run({ insert: name, documents: [{ _id: 1 }], ...inTransaction(1) });
    const commit = await run({ commitTransaction: 1, $db: 'admin', ...inTransaction(1) });
    expect(commit).toMatchObject({ ok: 0, code: 251, codeName: 'NoSuchTransaction' });
    expect(commit['errorLabels']).toContain('TransientTransactionError');
    expect(await db.collection(name).estimatedDocumentCount()).toBe(1);
  });

  it('answers a second commit as the first', async () => {
    const run = await rawSession();
    await run({ insert: name, documents: [{ _id: 1 }], ...inTransaction(1, true) });
    const commit = { commitTransaction: 1, $db: 'admin', ...inTransaction(1) };
    expect(await run(commit)).toMatchObject({ ok: 1 });
    expect(await run(commit)).toMatchObject({ ok: 1 });
    expect(await run({ abortTransaction: 1, $db: 'admin', ...inTransaction(1) })).toMatchObject({ ok: 0, code: 256, codeName: 'TransactionCommitted' });
  });

  it('that writes what another one wrote conflicts, and says that it may be run again', async () => {
    await db.collection<{ _id: number; a: number }>(name).insertOne({ _id: 1, a: 0 });
    const [one, two] = [await rawSession(), await rawSession()];
    const update = { update: name, updates: [{ q: { _id: 1 }, u: { $inc: { a: 1 } } }] };
    expect(await one({ ...update, ...inTransaction(1, true) })).toMatchObject({ ok: 1 });
    const conflict = await two({ ...update, ...inTransaction(1, true) });
    expect(conflict).toMatchObject({ ok: 0, code: 112, codeName: 'WriteConflict' });
    expect(conflict['errorLabels']).toEqual(['TransientTransactionError']);
    expect(await one({ commitTransaction: 1, $db: 'admin', ...inTransaction(1) })).toMatchObject({ ok: 1 });
  });

  it.each<[string, object, object]>([
    ['user management', { createUser: 'x', pwd: 'p', roles: [] }, { code: 263, errmsg: "Cannot run 'createUser' in a multi-document transaction." }],
    ['count', { count: 'c' }, { code: 263 }],
    ['the admin database', { find: 'c', $db: 'admin' }, { code: 263, errmsg: "Cannot run command against the 'admin' database in a transaction." }],
    ['a write concern', { insert: 'c', documents: [{}], writeConcern: { w: 1 } }, { code: 72 }],
    ['another read concern than its own', { find: 'c', readConcern: { level: 'available' } }, { code: 72 }],
  ])('refuses %s', async (_name, command, expected) => {
    const run = await rawSession();
    expect(await run({ ...command, ...inTransaction(1, true) })).toMatchObject({ ok: 0, ...expected });
  });

  it.each<[string, object, object]>([
    ['that was never begun', { find: 'c', ...inTransaction(9) }, { code: 251 }],
    ['to commit that was never begun', { commitTransaction: 1, $db: 'admin', ...inTransaction(9) }, { code: 251 }],
    ['to abort that was never begun', { abortTransaction: 1, $db: 'admin', ...inTransaction(9) }, { code: 251 }],
    ['with startTransaction: false', { find: 'c', ...inTransaction(9), startTransaction: false }, { code: 72 }],
    ['with autocommit: true', { find: 'c', txnNumber: number(9), autocommit: true }, { code: 72 }],
    ['for a command that is no retryable write', { find: 'c', txnNumber: number(9) }, { code: 50768 }],
  ])('%s is refused', async (_name, command, expected) => {
    expect(await (await rawSession())(command)).toMatchObject({ ok: 0, ...expected });
  });

  it('of an older number than the session has seen is refused', async () => {
    const run = await rawSession();
    await run({ insert: name, documents: [{}], ...inTransaction(5, true) });
    expect(await run({ insert: name, documents: [{}], ...inTransaction(4, true) })).toMatchObject({ ok: 0, code: 225, codeName: 'TransactionTooOld' });
  });

  it('is aborted when its session is ended or killed', async () => {
    const run = await rawSession();
    await run({ insert: name, documents: [{}], ...inTransaction(1, true) });
    await client.db('admin').command({ killAllSessions: [] });
    expect(await run({ commitTransaction: 1, $db: 'admin', ...inTransaction(1) })).toMatchObject({ ok: 0, code: 251 });
  });

  it('is counted', async () => {
    const { transactions } = await client.db('admin').command({ serverStatus: 1 });
    expect(Number(transactions.totalCommitted)).toBeGreaterThan(0);
    expect(Number(transactions.totalAborted)).toBeGreaterThan(0);
  });
});

describe('a retryable write', () => {
  it('that is sent twice happens once and is answered alike', async () => {
    const run = await rawSession();
    const insert = { insert: name, documents: [{ a: 1 }, { a: 2 }], txnNumber: number(1) };
    expect(await run(insert)).toMatchObject({ ok: 1, n: 2 });
    expect(await run(insert)).toMatchObject({ ok: 1, n: 2 });
    expect(await db.collection(name).estimatedDocumentCount()).toBe(2);
    expect(await run({ insert: name, documents: [{ a: 3 }], txnNumber: number(0) })).toMatchObject({ ok: 0, code: 225 });
  });

  it('is retried by the driver after an error that says so', async () => {
    const data = { failCommands: ['insert'], errorCode: 91, errorLabels: ['RetryableWriteError'] };
    await client.db('admin').command({ configureFailPoint: 'failCommand', mode: { times: 1 }, data });
    // After this error a driver waits for the next heartbeat before it tries again.
    const patient = await under.client({ heartbeatFrequencyMS: 500 });
    await patient.db('test').collection(name).insertOne({ a: 1 });
    expect(await db.collection(name).estimatedDocumentCount()).toBe(1);
  });

  it('that fails for a passing reason says so', async () => {
    const run = await rawSession();
    await client.db('admin').command({ configureFailPoint: 'failCommand', mode: { times: 1 }, data: { failCommands: ['insert'], errorCode: 91 } });
    const reply = await run({ insert: name, documents: [{}], txnNumber: number(1) });
    expect(reply).toMatchObject({ ok: 0, code: 91, errorLabels: ['RetryableWriteError'] });
    const data = { failCommands: ['insert'], errorCode: 91, errorLabels: [] };
    await client.db('admin').command({ configureFailPoint: 'failCommand', mode: { times: 1 }, data });
    expect(await run({ insert: name, documents: [{}], txnNumber: number(2) })).not.toHaveProperty('errorLabels');
  });
});

describe('a time limit', () => {
  it('that is over ends the command', async () => {
    await client.db('admin').command({ configureFailPoint: 'failCommand', mode: { times: 1 }, data: { failCommands: ['insert'], blockConnection: true, blockTimeMS: 30 } });
    const run = await rawSession();
    expect(await run({ insert: name, documents: [{}], maxTimeMS: 10 })).toMatchObject({ ok: 0, code: 50, codeName: 'MaxTimeMSExpired' });
    expect(await db.collection(name).estimatedDocumentCount()).toBe(0);
  });
});

describe('an operation', () => {
  it('that is killed ends', async () => {
    await client.db('admin').command({ configureFailPoint: 'failCommand', mode: { times: 1 }, data: { failCommands: ['insert'], blockConnection: true, blockTimeMS: 300 } });
    const run = await rawSession();
    const insert = run({ insert: name, documents: [{ marked: true }] });
    const find = async (): Promise<number | undefined> => (await client.db('admin').command({ currentOp: 1, ns: `test.${name}` }))['inprog'][0]?.opid;
    const op = await vi.waitUntil(find);
    await client.db('admin').command({ killOp: 1, op });
    expect(await insert).toMatchObject({ ok: 0, code: 11601, codeName: 'Interrupted' });
    expect(await rejection(client.db('admin').command({ killOp: 1, op: 'x' }))).toMatchObject({ code: 14 });
  });
});

describe('many clients at once', () => {
  it('lose no write', async () => {
    const clients = await Promise.all(Array.from({ length: 8 }, () => under.client()));
    await db.collection<{ _id: string; n: number }>(name).insertOne({ _id: 'counter', n: 0 });
    await Promise.all(
      clients.map(async (one) => {
        for (let round = 0; round < 25; round += 1) {
          await one.db('test').collection<{ _id: string }>(name).updateOne({ _id: 'counter' }, { $inc: { n: 1 } });
        }
      }),
    );
    expect(await db.collection<{ _id: string }>(name).findOne({ _id: 'counter' })).toMatchObject({ n: 200 });
  });
});
