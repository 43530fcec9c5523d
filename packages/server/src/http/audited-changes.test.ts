// Changes of accounts, tokens and apps are one transaction with their trace in the audit log: where that cannot be written, nothing
// has happened, and where it can, it is there. Failed sign-ins are in it too, added up.
import type { Document } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '@freehold/api';
import { tellFailedSignIns } from '../services/accounts-failed-sign-ins.js';
import { startHttpPlatform, testPassword, type HttpPlatform } from '../testing/http-platform.fixture.js';

let platform: HttpPlatform;
let operator: string;
beforeAll(async () => {
  platform = await startHttpPlatform();
  operator = await platform.newOperator();
});
afterAll(() => platform.stop());

interface User {
  readonly id: string;
  readonly email: string;
  readonly token: string;
  readonly client: Client;
}

const anonymous = (url: string, payload: object) => platform.send({ method: 'POST', url, payload });
const spec = { command: ['true'] };

interface Change {
  readonly action: string;
  /** What has to be there before. */
  readonly prepare?: (user: User) => Promise<string>;
  readonly make: (user: User, id: string) => Promise<{ readonly statusCode: number }>;
}

const newToken = async ({ client }: User): Promise<string> => (await client.tokens.create({ name: 'one' })).id;
const newApp = async ({ client }: User): Promise<string> => (await client.apps.create({ name: 'web', deployer: 'process', spec })).id;
const newDeployableApp = async (user: User): Promise<string> => {
  await user.client.databases.create({ name: 'main' });
  return newApp(user);
};

const changes: Readonly<Record<string, Change>> = {
  'signing up': { action: 'account.created', make: () => anonymous('/api/auth/sign-up/email', { email: 'new@example.org', password: testPassword, name: 'New' }) },
  'making an account for somebody': { action: 'account.created', make: () => platform.send({ method: 'POST', url: '/api/admin/users', token: operator, payload: { email: 'made@example.org', password: testPassword, name: 'Made', role: 'user' } }) },
  'signing in': { action: 'account.signed_in', make: ({ email }) => anonymous('/api/auth/sign-in/email', { email, password: testPassword }) },
  'signing out': { action: 'account.signed_out', make: ({ token }) => platform.send({ method: 'POST', url: '/api/auth/sign-out', token }) },
  'choosing what is mailed': { action: 'account.notifications_changed', make: ({ token }) => platform.send({ method: 'PATCH', url: '/api/notifications', token, payload: { email: { event_types: [] } } }) },
  'making a token': { action: 'token.created', make: ({ token }) => platform.send({ method: 'POST', url: '/api/tokens', token, payload: { name: 'new' } }) },
  'revoking a token': { action: 'token.revoked', prepare: newToken, make: ({ token }, id) => platform.send({ method: 'DELETE', url: `/api/tokens/${id}`, token }) },
  'making an app': { action: 'app.created', make: ({ token }) => platform.send({ method: 'POST', url: '/api/apps', token, payload: { name: 'web' } }) },
  'changing an app': { action: 'app.updated', prepare: newApp, make: ({ token }, id) => platform.send({ method: 'PATCH', url: `/api/apps/${id}`, token, payload: { name: 'other' } }) },
  'deleting an app': { action: 'app.deleted', prepare: newApp, make: ({ token }, id) => platform.send({ method: 'DELETE', url: `/api/apps/${id}`, token }) },
  'deploying an app': { action: 'app.deployed', prepare: newDeployableApp, make: ({ token }, id) => platform.send({ method: 'POST', url: `/api/apps/${id}/deploy`, token }) },
};

/** Lets the audit log take nothing, as a full disk would, or take everything again. */
async function setAuditLog(isClosed: boolean): Promise<void> {
  await platform.plane.connection.db.command({ collMod: 'audit_events', validator: isClosed ? { never: { $exists: true } } : {} });
}

/** What these changes change; an app that is being deployed says so before its deployer begins. */
async function state(): Promise<Document> {
  const { db } = platform.plane.connection;
  const collections = ['users', 'sessions', 'api_tokens', 'notifications', 'events'] as const;
  const documents = await Promise.all(collections.map((name) => db.collection(name).find({}, { projection: { counted: 0 } }).sort({ _id: 1 }).toArray()));
  return { ...Object.fromEntries(collections.map((name, at) => [name, documents[at]])), apps: await db.collection('apps').find({}, { projection: { name: 1, last_deployed_at: 1 } }).sort({ _id: 1 }).toArray() };
}

describe('a change and its trace', () => {
  it.each(Object.entries(changes))('%s: neither without the other', async (_, { action, prepare, make }) => {
    const user = await platform.newUser();
    const id = (await prepare?.(user)) ?? '';
    const before = await state();
    await setAuditLog(true);
    expect((await make(user, id)).statusCode).toBe(500);
    await setAuditLog(false);
    expect(await state()).toEqual(before);

    const { audit } = platform.plane.connection.control;
    const traces = async () => (await audit.list({ action, limit: 100 })).length;
    const tracesBefore = await traces();
    expect((await make(user, id)).statusCode).toBeLessThan(300);
    expect(await traces()).toBe(tracesBefore + 1);
  });
});

describe('failed sign-ins', () => {
  const { signal } = new AbortController();
  const fail = (email: string, remoteAddress = '192.0.2.7') => platform.send({ method: 'POST', url: '/api/auth/sign-in/email', remoteAddress, payload: { email, password: 'wrong password' } });
  const tell = () => tellFailedSignIns({ control: platform.plane.connection.control, clock: platform.clock }, signal);
  const told = (subjectId: string) => platform.plane.connection.control.audit.list({ action: 'account.sign_in_failed', subjectId, limit: 10 });
  beforeEach(async () => {
    platform.clock.advance(16 * 60 * 1000);
    await tell();
  });

  it('of an account are one entry for a quarter of an hour, which its owner reads, however many there were', async () => {
    const { email, id, token } = await platform.newUser();
    for (const address of ['192.0.2.7', '192.0.2.7', '2001:db8:1:2::9', '2001:db8:1:2::a']) expect((await fail(email, address)).statusCode).toBe(401);
    await tell();
    expect(await told(id)).toEqual([]);
    platform.clock.advance(15 * 60 * 1000);
    // Of two replicas that tell at once, one does.
    await Promise.all([tell(), tell()]);
    await tell();
    const page = await platform.send({ method: 'GET', url: '/api/audit?action=account.sign_in_failed', token });
    expect(page.json<{ readonly items: readonly object[] }>().items).toEqual([expect.objectContaining({
      action: 'account.sign_in_failed', user_id: id, actor: { user_id: null, credential_kind: 'none', credential_id: null, remote_address: null, user_agent: null },
      details: { count: 4, first_at: expect.any(String), networks: ['192.0.2.7', '2001:db8:1:2::/64'] },
    })]);
  });

  it('from ever so many addresses take no more room than from a few', async () => {
    const { email, id } = await platform.newUser();
    for (let address = 1; address <= 25; address += 1) await fail(email, `198.51.100.${address}`);
    platform.clock.advance(16 * 60 * 1000);
    await tell();
    const [entry, ...others] = await told(id);
    expect(others).toEqual([]);
    expect(entry!.details).toMatchObject({ count: 25 });
    expect(entry!.details['networks']).toHaveLength(20);
  });

  it('to addresses without an account are one entry together, for operators, that says nothing of what was typed', async () => {
    await fail('nobody-one@example.org');
    await fail('nobody-two@example.org');
    platform.clock.advance(16 * 60 * 1000);
    await tell();
    const [entry] = await told('sign_in');
    expect(entry).toMatchObject({ userId: '', subject: { kind: 'platform', id: 'sign_in' }, details: { count: 2, networks: ['192.0.2.7'] } });
    expect(JSON.stringify(entry)).not.toContain('nobody-');
    expect((await platform.send({ method: 'GET', url: '/api/admin/audit?action=account.sign_in_failed', token: operator })).statusCode).toBe(200);
  });

  it('to a disabled account are failures with the right password too, and answer alike: status, body, headers and locks', async () => {
    const [disabled, other] = await Promise.all([platform.newUser(), platform.newUser()]);
    await platform.send({ method: 'PATCH', url: `/api/admin/users/${disabled.id}`, token: operator, payload: { disabled: true } });
    const attempts = [
      { email: disabled.email, password: testPassword }, { email: disabled.email, password: 'wrong password' },
      { email: other.email, password: 'wrong password' }, { email: 'nobody-at-all@example.org', password: testPassword },
    ];
    const answers = await Promise.all(attempts.map(async (payload, index) => {
      const found = [];
      // From an address for each: five failures, and the lock.
      for (let attempt = 1; attempt <= 6; attempt += 1) {
        const { statusCode, body, headers } = await platform.send({ method: 'POST', url: '/api/auth/sign-in/email', remoteAddress: `203.0.113.${index}`, payload });
        found.push([statusCode, body, { ...headers, date: null, 'x-request-id': null }]);
      }
      return found;
    }));
    expect(answers[0]!.map(([status]) => status)).toEqual([401, 401, 401, 401, 401, 429]);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    platform.clock.advance(16 * 60 * 1000);
    await tell();
    expect((await told(disabled.id)).map(({ details }) => details['count'])).toEqual([10]);
    expect(await platform.plane.connection.control.audit.list({ action: 'account.signed_in', userId: disabled.id, limit: 1 })).toEqual([]);
  });

  it('that are forgiven by a right password are told of all the same', async () => {
    const { email, id } = await platform.newUser();
    await fail(email);
    await anonymous('/api/auth/sign-in/email', { email, password: testPassword });
    platform.clock.advance(16 * 60 * 1000);
    await tell();
    expect(await told(id)).toHaveLength(1);
  });
});
