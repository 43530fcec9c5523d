// Every change is one transaction with its trace in the audit log: where that cannot be written, nothing has happened, and where it can,
// it is there. Failed sign-ins are in it too, added up.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditActions } from '../ports/audit.js';
import { tellFailedSignIns } from '../services/accounts-failed-sign-ins.js';
import { startHttpPlatform, testPassword, type HttpPlatform } from '../testing/http-platform.fixture.js';
import { startTestCluster, type TestCluster } from '../testing/start-test-cluster.js';
import { actionsOfThePlatform, changes, lastingChanges, stateOf, type AuditedWorld } from './audited-changes.fixture.js';

let platform: HttpPlatform;
let operator: string;
let world: AuditedWorld;
let second: TestCluster;
beforeAll(async () => {
  [platform, second] = await Promise.all([startHttpPlatform(), startTestCluster()]);
  operator = await platform.newOperator();
  world = { platform, operator, secondUri: second.uri };
});
afterAll(() => Promise.all([platform.stop(), second.stop()]));

const anonymous = (url: string, payload: object) => platform.send({ method: 'POST', url, payload });

/** Lets the audit log take nothing, as a full disk would, or take everything again. */
async function setAuditLog(isClosed: boolean): Promise<void> {
  await platform.plane.connection.db.command({ collMod: 'audit_events', validator: isClosed ? { never: { $exists: true } } : {} });
}

const tracesOf = async (action: string): Promise<number> => (await platform.plane.connection.control.audit.list({ action, limit: 100 })).length;

/** What a change comes to while nothing can be written into the audit log. */
async function withoutAuditLog<Result>(make: () => Promise<Result>): Promise<Result> {
  await setAuditLog(true);
  try {
    return await make();
  } finally {
    await setAuditLog(false);
  }
}

describe('a change and its trace', () => {
  it.each(Object.entries(changes))('%s: neither without the other', async (_, { action, refusal = 500, prepare, make }) => {
    const user = await platform.newUser();
    const id = (await prepare?.(world, user)) ?? '';
    const before = await stateOf(platform);
    expect((await withoutAuditLog(() => make(world, user, id))).statusCode).toBe(refusal);
    expect(await stateOf(platform)).toEqual(before);

    const tracesBefore = await tracesOf(action);
    expect((await make(world, user, id)).statusCode).toBeLessThan(300);
    expect(await tracesOf(action)).toBe(tracesBefore + 1);
  });

  it.each(Object.entries(lastingChanges))('%s: ends with its trace, once, when that can be written', async (_, { action, prepare, make }) => {
    const user = await platform.newUser();
    const id = await prepare!(world, user);
    const tracesBefore = await tracesOf(action);
    expect((await withoutAuditLog(() => make(world, user, id))).statusCode).toBe(500);
    expect(await tracesOf(action)).toBe(tracesBefore);
    const operations = platform.plane.connection.db.collection('operations');
    const { journal } = platform.plane.replica({ owner: 'later', clock: platform.clock });
    platform.clock.advance(60 * 60 * 1000);
    await journal.recoverAbandoned(100);
    expect(await operations.find({ user_id: user.id, state: { $ne: 'succeeded' } }).toArray()).toEqual([]);
    expect(await tracesOf(action)).toBe(tracesBefore + 1);
  });

  it('are looked at for every action that somebody asks for', () => {
    const here = [...Object.values(changes), ...Object.values(lastingChanges)].map(({ action }) => action);
    expect([...new Set([...here, ...actionsOfThePlatform])].toSorted()).toEqual([...auditActions].toSorted());
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
