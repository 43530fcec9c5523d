import { createClient, type Client, type Event } from '@freehold/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHttpPlatform, type HttpPlatform } from '../testing/http-platform.fixture.js';

let platform: HttpPlatform;
const urls: string[] = [];

beforeAll(async () => {
  platform = await startHttpPlatform({ limits: { eventStreams: { heartbeatMs: 200, stallMs: 5_000 } } });
  for (const server of [platform.server, await platform.replica()]) urls.push(await server.listen({ host: '127.0.0.1', port: 0 }));
});
afterAll(() => platform.stop());

async function newUser(): Promise<{ readonly id: string; readonly token: string; readonly clients: readonly Client[] }> {
  const { id, token } = await platform.newUser();
  return { id, token, clients: urls.map((baseUrl) => createClient({ baseUrl, token })) };
}

/** The next events of a stream. */
async function take(events: AsyncGenerator<Event, void>, count: number): Promise<readonly Event[]> {
  const taken: Event[] = [];
  while (taken.length < count) {
    const turn = await events.next();
    if (turn.done === true) break;
    taken.push(turn.value);
  }
  return taken;
}

async function all(client: Client, query: Parameters<Client['events']['stream']>[0] = {}): Promise<readonly Event[]> {
  const events: Event[] = [];
  for await (const event of client.events.stream({ follow: false, ...query })) events.push(event as Event);
  return events;
}

const stream = (client: Client, query: Parameters<Client['events']['stream']>[0], signal: AbortSignal) => client.events.stream(query, { signal }) as AsyncGenerator<Event, void>;

describe('the stream of events', () => {
  it('tells what happens through any replica, in order, without a gap', async () => {
    const { clients: [here, there] } = await newUser();
    const controller = new AbortController();
    const events = stream(there!, { since: 0 }, controller.signal);
    const first = take(events, 1);
    const { id } = await here!.databases.create({ name: 'shop' });
    expect(await first).toEqual([expect.objectContaining({ sequence: 1, type: 'database.created', operation_id: expect.any(String), data: expect.objectContaining({ database_id: id, name: 'shop' }) })]);
    await here!.databases.update({ id, description: 'of hats' });
    await here!.databases.rotateCredentials({ id });
    expect((await take(events, 2)).map(({ sequence, type }) => [sequence, type])).toEqual([[2, 'database.updated'], [3, 'credentials.rotated']]);
    controller.abort();
  });

  it('goes on behind the last event a reader has seen, and ends where nobody is to follow', async () => {
    const { token, clients: [client] } = await newUser();
    for (const name of ['a', 'b', 'c']) await client!.databases.create({ name });
    expect((await all(client!)).map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect((await all(client!, { since: 1 })).map(({ sequence }) => sequence)).toEqual([2, 3]);
    const response = await fetch(`${urls[1]!}/api/events?follow=false&since=0`, { headers: { authorization: `Bearer ${token}`, 'last-event-id': '2' } });
    expect(await response.text()).toMatch(/^retry: 1000\n\nid: 3\nevent: database.created\ndata: \{.*\}\n\nevent: end\ndata: \{"reason":"caught_up"\}\n\n$/u);
  });

  it('loses and repeats nothing when it is cut again and again', async () => {
    const { id: userId, token, clients: [, writer] } = await newUser();
    const controller = new AbortController();
    const cutting: typeof fetch = async (input, init) => {
      const cut = new AbortController();
      const response = await fetch(input, { ...init, signal: AbortSignal.any([init!.signal!, cut.signal]) });
      setTimeout(() => cut.abort(new TypeError('cut')), 60);
      return response;
    };
    const reader = createClient({ baseUrl: urls[0]!, token, fetch: cutting, sleep: () => Promise.resolve() });
    const seen = take(stream(reader, { since: 0 }, controller.signal), 40);
    const outbox = platform.plane.connection.control.outbox;
    for (let count = 0; count < 40; count += 1) {
      // One after the other, with the stream being cut in between.
      await outbox.record({ userId, type: 'database.restored', at: new Date(), data: { database_id: `d${count}` } });
      if (count % 8 === 0) await writer!.limits.get().catch(() => undefined);
    }
    expect((await seen).map(({ sequence }) => sequence)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    controller.abort();
  });

  it('shows nobody what is somebody else\'s, and operators alone what is the platform\'s', async () => {
    const { clients: [mine] } = await newUser();
    const { clients: [theirs] } = await newUser();
    await mine!.databases.create({ name: 'mine' });
    expect(await all(theirs!)).toEqual([]);
    await expect(all(theirs!, { stream: 'platform' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await platform.plane.connection.control.outbox.record({ userId: null, type: 'cluster.removed', at: new Date(), data: { cluster_id: 'c2' } });
    const operator = createClient({ baseUrl: urls[0]!, token: await platform.newOperator() });
    expect(await all(operator, { stream: 'platform' })).toEqual([expect.objectContaining({ type: 'cluster.removed' })]);
  });
});

describe('numbers of events', () => {
  it('are given in the order of the commits, however many transactions write at once', async () => {
    const { id: userId, clients: [client] } = await newUser();
    const { control } = platform.plane.connection;
    await Promise.all(Array.from({ length: 12 }, (_, index) => control.transaction(async (stores) => {
      await stores.outbox.record({ userId, type: 'database.purged', at: new Date(), data: { database_id: `d${index}` } });
      if (index % 3 === 0) await stores.outbox.record({ userId, type: 'database.restored', at: new Date(), data: { database_id: `d${index}` } });
    })));
    expect((await all(client!)).map(({ sequence }) => sequence)).toEqual(Array.from({ length: 16 }, (_, index) => index + 1));
  });

  it('are not used up by what did not happen', async () => {
    const { id: userId, clients: [client] } = await newUser();
    const { control } = platform.plane.connection;
    const event = { userId, type: 'database.purged', at: new Date(), data: { database_id: 'd' } } as const;
    await expect(control.transaction(async (stores) => {
      await stores.outbox.record(event);
      throw new Error('changed its mind');
    })).rejects.toThrow('changed its mind');
    await control.outbox.record(event);
    expect((await all(client!)).map(({ sequence }) => sequence)).toEqual([1]);
  });
});

describe('the audit log', () => {
  it('shows users what was done to what is theirs, from where, page by page, and operators everything', async () => {
    const { id: userId, clients: [client] } = await newUser();
    const { id } = await client!.databases.create({ name: 'shop' });
    await client!.databases.connection({ id });
    await client!.databases.update({ id, description: 'of hats' });
    const { id: tokenId } = await client!.tokens.create({ name: 'ci' });
    await client!.tokens.revoke({ id: tokenId });
    const first = await client!.audit.listOwn({ limit: 3 });
    const second = await client!.audit.listOwn({ limit: 3, cursor: first.next_cursor! });
    expect([...first.items, ...second.items].map(({ action }) => action)).toEqual(['token.revoked', 'token.created', 'database.updated', 'database.connection_read', 'database.created', 'account.created']);
    expect(second.next_cursor).toBeNull();
    expect(first.items[2]).toMatchObject({
      actor: { user_id: userId, credential_kind: 'session', remote_address: '127.0.0.1', user_agent: expect.any(String) }, resource: { kind: 'database', id },
      details: { changed: ['description'], before: { description: null }, after: { description: 'of hats' } },
    });
    expect(second.items[1]).toMatchObject({ action: 'database.created', operation_id: expect.any(String) });
    const operator = createClient({ baseUrl: urls[0]!, token: await platform.newOperator() });
    expect((await operator.audit.list({ actor_id: userId, action: 'database.connection_read' })).items).toHaveLength(1);
    expect((await operator.audit.list({ resource_id: id, from: first.items[2]!.at })).items.map(({ action }) => action)).toEqual(['database.updated']);
    await expect(client!.audit.list()).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(client!.audit.listOwn({ cursor: 'nonsense' })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  });

  it('says of what others did who it was, not from where', async () => {
    const { id: userId, clients: [client] } = await newUser();
    const origin = { actor_user_id: 'a'.repeat(24), credential: { kind: 'session', id: 's' }, request_id: 'r', remote_address: '192.0.2.9', user_agent: 'x' };
    await platform.plane.connection.control.audit.record({ action: 'user.updated', origin, userId, subject: { kind: 'user', id: userId }, at: new Date(), details: {} });
    const { items } = await client!.audit.listOwn({ action: 'user.updated' });
    expect(items[0]).toMatchObject({ actor: { user_id: 'a'.repeat(24), credential_id: null, remote_address: null, user_agent: null }, request_id: null });
  });

  it('has no call that changes it', async () => {
    const { token } = await newUser();
    for (const method of ['POST', 'PATCH', 'DELETE']) {
      expect((await fetch(`${urls[0]!}/api/audit`, { method, headers: { authorization: `Bearer ${token}` } })).status).toBe(405);
    }
  });
});

describe('notifications', () => {
  it('come by e-mail as their user wants', async () => {
    const { clients: [client] } = await newUser();
    expect((await client!.notifications.get()).email).toMatchObject({ is_available: true, event_types: expect.arrayContaining(['quota.exceeded', 'quota.warning', 'rotation.aborted', 'operation.failed']) });
    expect((await client!.notifications.update({ email: { event_types: ['database.created'] } })).email.event_types).toEqual(['database.created']);
    expect((await client!.notifications.get()).email.event_types).toEqual(['database.created']);
  });
});
