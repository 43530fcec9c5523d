import { createClient, type Client, type Operation } from '@freehold/api';
import { get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startHttpPlatform, type HttpPlatform } from '../testing/http-platform.fixture.js';

let platform: HttpPlatform;
let baseUrl: string;

beforeAll(async () => {
  platform = await startHttpPlatform({ limits: { eventStreams: { heartbeatMs: 40, stallMs: 400, streamsPerUser: 2 } } });
  baseUrl = await platform.server.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => platform.stop());

function clientOf(token: string): Client {
  return createClient({ baseUrl, token });
}

/** An operation that goes no further until it is let go. */
async function heldOperation(): Promise<{ readonly token: string; readonly operationId: string; readonly letGo: () => void; readonly done: Promise<unknown> }> {
  const { token, id: userId } = await platform.newUser();
  let letGo: () => void = () => undefined;
  const held = new Promise<void>((resolve) => { letGo = resolve; });
  const replica = platform.plane.replica({ onStep: async ({ step, moment }) => (step === 'prove' && moment === 'before' ? held : undefined) });
  const actor = { userId, role: 'user', credential: { kind: 'session', id: 's' }, requestId: 'r', remoteAddress: '192.0.2.1', idempotencyId: `held-${userId}` } as const;
  const done = replica.databases.create(actor, { name: 'held', environment: 'development' });
  await vi.waitFor(async () => expect(await platform.plane.connection.control.operations.find(actor.idempotencyId)).toBeDefined());
  return { token, operationId: actor.idempotencyId, letGo, done };
}

function raw(path: string, token: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(`${baseUrl}${path}`, { headers: { authorization: `Bearer ${token}` } }, resolve).on('error', reject);
  });
}

describe('the stream of an operation', () => {
  it('tells each state, then how it ended, and ends', async () => {
    const { token, operationId, letGo, done } = await heldOperation();
    const states: Operation[] = [];
    for await (const state of clientOf(token).operations.events({ id: operationId })) {
      states.push(state);
      letGo();
    }
    await done;
    expect(states[0]).toMatchObject({ id: operationId, state: 'running' });
    expect(states.at(-1)).toMatchObject({ state: 'succeeded', result: { cluster_id: 'primary' } });
  });

  it('says as a standard reader of server-sent events expects it what it is, and keeps silent connections alive', async () => {
    const { token, operationId, letGo, done } = await heldOperation();
    const response = await raw(`/api/operations/${operationId}/events`, token);
    expect(response.headers).toMatchObject({ 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-request-id': expect.any(String) });
    let text = '';
    for await (const piece of response) {
      text += String(piece);
      // It goes on when the stream has been silent for a while.
      if (text.includes('\n\n: \n\n')) letGo();
    }
    await done;
    expect(text).toMatch(/^retry: 1000\n\n(event: operation\ndata: \{.*\}\n\n|: \n\n)+event: end\ndata: \{"reason":"ended"\}\n\n$/u);
    expect(text.split('event: operation').length).toBeGreaterThan(2);
  });

  it('of somebody else is none', async () => {
    const { operationId, letGo, done } = await heldOperation();
    const { token } = await platform.newUser();
    await expect(clientOf(token).operations.events({ id: operationId }).next()).rejects.toMatchObject({ code: 'OPERATION_NOT_FOUND' });
    letGo();
    await done;
  });
});

describe('a stream', () => {
  it('ends when the token it was opened with is revoked', async () => {
    const { token: session, operationId, letGo, done } = await heldOperation();
    const { id, token } = await clientOf(session).tokens.create({ name: 'reader' });
    const states = clientOf(token).operations.events({ id: operationId });
    await states.next();
    await clientOf(session).tokens.revoke({ id });
    await expect(states.next()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    letGo();
    await done;
  });

  it('is one of few that a user may read at a time', async () => {
    const { token, operationId, letGo, done } = await heldOperation();
    const controller = new AbortController();
    const open = () => clientOf(token).operations.events({ id: operationId }, { signal: controller.signal });
    const [first, second] = [open(), open()];
    await Promise.all([first.next(), second.next()]);
    await expect(open().next()).rejects.toMatchObject({ code: 'TOO_MANY_STREAMS', details: { limit: 2 } });
    controller.abort();
    await vi.waitFor(async () => expect((await clientOf(token).operations.events({ id: operationId }).next()).value).toMatchObject({ id: operationId }));
    letGo();
    await done;
  });

  it('does not hold up a server that stops', async () => {
    const { token, operationId, letGo, done } = await heldOperation();
    const replica = await platform.replica();
    const url = await replica.listen({ host: '127.0.0.1', port: 0 });
    const states = createClient({ baseUrl: url, token, maximumAttempts: 1 }).operations.events({ id: operationId });
    await states.next();
    await replica.close();
    await expect(states.next()).rejects.toBeInstanceOf(TypeError);
    letGo();
    await done;
  });
});
