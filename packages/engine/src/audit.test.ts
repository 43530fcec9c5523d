// What the audit log tells, from outside: one line for each event, in MongoDB's format, without secrets.
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineUnderTest, rejection, rootUser, type EngineUnderTest } from './running-engine.fixture.js';

let folder: string;
let file: string;
let under: EngineUnderTest;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'freehold-audit-'));
  file = join(folder, 'audit.json');
  under = await engineUnderTest({ auditLogFile: file });
});

afterAll(async () => {
  await under.close();
  rmSync(folder, { recursive: true, force: true });
});

const records = (): Document[] => readFileSync(file, 'utf8').trim().split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Document);
const root = [{ user: 'root', db: 'admin' }];

describe('the audit log', () => {
  it('tells of logins, and of those that failed', async () => {
    await under.clientOf(rootUser.user, rootUser.password);
    await rejection(under.clientOf(rootUser.user, 'wrong', { maxPoolSize: 1 }));
    const logins = records().filter(({ atype }) => atype === 'authenticate');
    expect(logins).toContainEqual(expect.objectContaining({ users: root, param: { user: 'root', db: 'admin', mechanism: 'SCRAM-SHA-256' }, result: 0 }));
    expect(logins).toContainEqual(expect.objectContaining({ users: [], result: 18 }));
    expect(logins[0]).toMatchObject({ ts: { $date: expect.stringMatching(/Z$/u) as string }, remote: { ip: '127.0.0.1', port: expect.any(Number) as number } });
  });

  it('tells of users, roles, collections and databases that change, and never a password', async () => {
    const client = await under.clientOf(rootUser.user, rootUser.password);
    const database = client.db('audited');
    await database.command({ createUser: 'app', pwd: 'a secret of the app', roles: ['read'], customData: { team: 1 } });
    await database.command({ updateUser: 'app', pwd: 'another secret' });
    await rejection(database.command({ createUser: 'app', pwd: 'a third secret', roles: [] }));
    await database.createCollection('things');
    await database.collection('things').insertOne({ a: 'content' });
    await database.collection('things').drop();
    await database.dropDatabase();
    expect(records().filter(({ atype }) => atype !== 'authenticate').map(({ atype, param, result, users }) => ({ atype: atype as string, param: param as Document, result: result as number, users: users as Document[] }))).toEqual([
      { atype: 'createUser', param: { user: 'app', db: 'audited', customData: { team: 1 }, roles: ['read'] }, result: 0, users: root },
      { atype: 'updateUser', param: { user: 'app', db: 'audited' }, result: 0, users: root },
      { atype: 'createUser', param: { user: 'app', db: 'audited', roles: [] }, result: 51003, users: root },
      { atype: 'createCollection', param: { ns: 'audited.things' }, result: 0, users: root },
      { atype: 'dropCollection', param: { ns: 'audited.things' }, result: 0, users: root },
      { atype: 'dropDatabase', param: { ns: 'audited' }, result: 0, users: root },
    ]);
    expect(readFileSync(file, 'utf8')).not.toMatch(/secret|content|root password/u);
  });

  it('tells of what was refused', async () => {
    const client = await under.clientOf(rootUser.user, rootUser.password);
    await client.db('audited').command({ createUser: 'reader', pwd: 'reader', roles: ['read'] });
    const reader = await under.clientOf('reader', 'reader', { authSource: 'audited' });
    await rejection(reader.db('other').collection('things').findOne({ secret: 'filter' }));
    expect(records().at(-1)).toMatchObject({ atype: 'authCheck', users: [{ user: 'reader', db: 'audited' }], param: { command: 'find', ns: 'other.things' }, result: 13 });
    expect(readFileSync(file, 'utf8')).not.toContain('filter');
  });

  it('is for its owner alone, and begins anew with logRotate', async () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const client = await under.clientOf(rootUser.user, rootUser.password);
    await client.db('admin').command({ logRotate: 'audit' });
    expect(readdirSync(folder)).toHaveLength(2);
    await client.db('audited').createCollection('later');
    expect(records().map(({ atype }) => atype as string)).toEqual(['createCollection']);
  });
});
