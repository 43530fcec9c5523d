import type { Document } from 'bson';
import type { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineUnderTest, rejection, rootUser, type EngineUnderTest } from '../running-engine.fixture.js';
import { parameterDefinitions, ServerParameters } from './parameters.js';

let under: EngineUnderTest;
let root: MongoClient;

beforeAll(async () => {
  under = await engineUnderTest({ parameters: { scramIterationCount: '6000', ttlMonitorSleepSecs: '5' } });
  root = await under.clientOf(rootUser.user, rootUser.password);
});

afterAll(async () => {
  await under.close();
});

const admin = (command: Document): Promise<Document> => root.db('admin').command(command);
const set = (name: string, value: unknown): Promise<Document> => admin({ setParameter: 1, [name]: value });

describe('getParameter', () => {
  it('shows one, several, all, and when each may be set', async () => {
    expect(await admin({ getParameter: 1, ttlMonitorSleepSecs: 1 })).toMatchObject({ ttlMonitorSleepSecs: 5, ok: 1 });
    expect(Object.keys(await admin({ getParameter: '*' }))).toEqual(expect.arrayContaining(Object.keys(parameterDefinitions)));
    expect(await admin({ getParameter: { showDetails: true }, cursorTimeoutMillis: 1 })).toMatchObject({ cursorTimeoutMillis: { value: 600_000, settableAtRuntime: true, settableAtStartup: true } });
    expect(await admin({ getParameter: { showDetails: true, allParameters: true } })).toMatchObject({ authenticationMechanisms: { settableAtRuntime: false, settableAtStartup: true } });
    expect(await rejection(admin({ getParameter: 1, nope: 1 }))).toMatchObject({ code: 72 });
  });
});

describe('setParameter', () => {
  it('says what the value was', async () => {
    expect(await set('cursorTimeoutMillis', 1000)).toMatchObject({ was: 600_000 });
    expect(await set('cursorTimeoutMillis', '600000')).toMatchObject({ was: 1000 });
    expect(await set('quiet', 1)).toMatchObject({ was: false });
    expect(await set('quiet', false)).toMatchObject({ was: true });
  });

  it.each<[string, string, unknown, number]>([
    ['what nobody knows', 'nope', 1, 72],
    ['what is set at the start alone', 'authenticationMechanisms', ['SCRAM-SHA-1'], 20],
    ['what is shown alone', 'maxBSONDepth', 10, 20],
    ['too few rounds', 'scramSHA256IterationCount', 100, 2],
    ['too high a level', 'logLevel', 9, 2],
    ['no number', 'cursorTimeoutMillis', 'soon', 2],
    ['no boolean', 'ttlMonitorEnabled', 'maybe', 2],
    ['a component that is not there', 'logComponentVerbosity', { nope: { verbosity: 1 } }, 2],
    ['a part that is not there', 'logComponentVerbosity', { storage: { nope: { verbosity: 1 } } }, 2],
    ['a verbosity that is none', 'logComponentVerbosity', { storage: { journal: { verbosity: 6 } } }, 2],
  ])('refuses %s', async (_name, name, value, code) => {
    expect(await rejection(set(name, value))).toMatchObject({ code });
  });

  it('takes rounds of new credentials from then on', async () => {
    const countsOf = async (user: string): Promise<unknown> => {
      const { users } = (await root.db('shop').command({ usersInfo: user, showCredentials: true })) as { users: { credentials: Record<string, { iterationCount: number }> }[] };
      return Object.values(users[0]!.credentials).map(({ iterationCount }) => iterationCount);
    };
    await set('scramSHA256IterationCount', 7000);
    await root.db('shop').command({ createUser: 'slow', pwd: 'p', roles: [] });
    expect(await countsOf('slow')).toEqual([6000, 7000]);
    await set('scramSHA256IterationCount', 15_000);
    await root.db('shop').command({ updateUser: 'slow', pwd: 'p2' });
    expect(await countsOf('slow')).toEqual([6000, 15_000]);
    await under.clientOf('slow', 'p2', { authSource: 'shop' });
  });

  it('can ask for a version of the Stable API', async () => {
    const versioned = await under.clientOf(rootUser.user, rootUser.password, { serverApi: '1' });
    await set('requireApiVersion', true);
    try {
      expect(await rejection(admin({ ping: 1 }))).toMatchObject({ code: 498870 });
      expect(await versioned.db('admin').command({ ping: 1 })).toMatchObject({ ok: 1 });
      await under.clientOf(rootUser.user, rootUser.password, { serverApi: '1' });
    } finally {
      await versioned.db('admin').command({ setParameter: 1, requireApiVersion: false });
    }
  });

  it.each([['$push', 'internalQueryMaxPushBytes'], ['$addToSet', 'internalQueryMaxAddToSetBytes']])('bounds what one %s may hold, whatever goes to temporary files', async (operator, parameter) => {
    const numbered = root.db('shop').collection('numbered');
    await numbered.insertMany(Array.from({ length: 300 }, (_, n) => ({ n, filler: `${n} ${'x'.repeat(100)}` })));
    const gather = (): Promise<Document[]> => numbered.aggregate([{ $group: { _id: null, all: { [operator]: '$filler' } } }], { allowDiskUse: true }).toArray();
    expect((await gather())[0]!['all']).toHaveLength(300);
    const { was } = await set(parameter, 20_000);
    expect(await rejection(gather())).toMatchObject({ code: 146, message: expect.stringMatching(/used too much memory and cannot spill to disk/u) as string });
    await set(parameter, was);
    await numbered.drop();
  });

  it('lets more be logged of one component', async () => {
    const messages = async (): Promise<string> => ((await admin({ getLog: 'global' }))['log'] as string[]).join('\n');
    expect(await messages()).not.toContain('connection.opened');
    await set('logComponentVerbosity', { network: { verbosity: 1 } });
    expect(await admin({ getParameter: 1, logComponentVerbosity: 1 })).toMatchObject({ logComponentVerbosity: { verbosity: 0, network: { verbosity: 1 }, storage: { verbosity: -1 } } });
    await under.client();
    expect(await messages()).toContain('connection.opened');
    await set('logComponentVerbosity', { network: { verbosity: -1 } });
  });

  it('keeps how much is logged of a part of a component', async () => {
    await set('logComponentVerbosity', { storage: { journal: { verbosity: 2 } } });
    expect((await admin({ getParameter: 1, logComponentVerbosity: 1 }))['logComponentVerbosity']).toMatchObject({ storage: { verbosity: -1, journal: { verbosity: 2 }, recovery: { verbosity: -1 } } });
    await set('logComponentVerbosity', { storage: { journal: { verbosity: -1 } } });
  });
});

describe('parameters of the start', () => {
  it.each<[string, Record<string, string>, RegExp]>([
    ['an unknown one', { nope: '1' }, /nope is unknown/u],
    ['one that is only shown', { maxBSONDepth: '1' }, /maxBSONDepth is not one that is set/u],
    ['too small a value', { scramIterationCount: '1' }, /scramIterationCount cannot be 1: .*greater/u],
  ])('are refused with %s', (_name, given, words) => {
    expect(() => new ServerParameters(given)).toThrow(words);
  });
});
