// Peers that take their time: with sending, with reading, with the handshake. None of them holds a place or memory for good.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ConnectionRegistry } from '../dispatch/connection-registry.js';
import { systemClock } from '../dispatch/clock.js';
import { EngineLog, type LogEvent } from '../dispatch/log.js';
import { EngineMetrics } from '../dispatch/metrics.js';
import { encodeDocument } from '../bson/values.js';
import type { ConnectionLimits } from './client-connection.js';
import { Listener } from './listener.js';
import type { TlsOptions } from './tls.js';
import { opMsgBytes } from './raw-client.fixture.js';
import { selfSigned } from './certificates.fixture.js';
import type { RequestHandler, WireReply } from './request.js';

interface Served {
  readonly port: number;
  readonly logEvents: LogEvent[];
  readonly metrics: EngineMetrics;
  readonly handled: { count: number };
}

const cleanUps: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const generous: ConnectionLimits = { messageBytesMax: 48_000_000, strangerMessageBytesMax: 48_000_000, pendingMax: 4, pendingBytesMax: 1_000_000, stallTimeout_ms: 60_000, slowestBytesPerSecond: 1_000_000 };

async function serve(limits: Partial<ConnectionLimits>, replyBytes = 10, tls?: TlsOptions): Promise<Served> {
  const handled = { count: 0 };
  const reply: WireReply = { document: encodeDocument({ filling: Buffer.alloc(replyBytes) }), appended: Buffer.alloc(0) };
  const handler: RequestHandler = {
    handle: () => {
      handled.count += 1;
      return Promise.resolve(reply);
    },
    refuse: () => reply,
    disconnected: () => undefined,
  };
  const logEvents: LogEvent[] = [];
  const metrics = new EngineMetrics();
  const listener = new Listener(
    { host: '127.0.0.1', port: 0, tls, connectionsMax: 10, handshakeTimeout_ms: 100, limits: { ...generous, ...limits } },
    { handler, clock: systemClock, metrics, log: new EngineLog(systemClock, (event) => void logEvents.push(event)), connections: new ConnectionRegistry() },
  );
  const port = await listener.listen();
  cleanUps.push(() => listener.close(0));
  return { port, logEvents, metrics, handled };
}

async function peer(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  cleanUps.push(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

const ping = opMsgBytes(1, { ping: 1, $db: 'admin' });

/** Sends the bytes one by one for as long as they are taken. */
async function drip(socket: Socket, bytes: Buffer): Promise<void> {
  const closed = once(socket, 'close');
  let at = 0;
  const timer = setInterval(() => {
    if (at < bytes.length) socket.write(bytes.subarray(at, (at += 1)));
  }, 5);
  cleanUps.push(() => clearInterval(timer));
  socket.resume();
  await closed;
}

describe('a peer that is slow to send', () => {
  it.each([
    ['says nothing at all', undefined],
    ['stops in a header', ping.subarray(0, 7)],
    ['stops in a message', ping.subarray(0, 40)],
  ])('is let go of when it %s', async (_what, bytes) => {
    const { port, logEvents } = await serve({ stallTimeout_ms: 50 });
    const socket = await peer(port);
    const closed = once(socket, 'close');
    if (bytes !== undefined) socket.write(bytes);
    socket.resume();
    await closed;
    expect(logEvents.map(({ event }) => event)).toContain('connection.dropped');
  });

  it.each([['first', []], ['second', [ping]]])('is let go of when its %s message comes byte by byte', async (_which, before) => {
    const { port, logEvents } = await serve({ stallTimeout_ms: 1000 });
    const socket = await peer(port);
    for (const bytes of before) {
      socket.write(bytes);
      await once(socket, 'data');
    }
    await drip(socket, opMsgBytes(1, { ping: 'x'.repeat(10_000), $db: 'admin' }));
    expect(logEvents.find(({ event }) => event === 'connection.dropped')?.fields).toMatchObject({ reason: 'a message came too slowly' });
  });

  it('has the time that its bytes may take', async () => {
    const { port, handled } = await serve({ stallTimeout_ms: 1000, slowestBytesPerSecond: 1 });
    const socket = await peer(port);
    for (const byte of ping) socket.write(Buffer.from([byte]));
    await once(socket, 'data');
    expect(handled.count).toBe(1);
  });
});

describe('a peer that does not read', () => {
  it('is answered no further than its socket takes, whatever it asks for meanwhile', async () => {
    const { port, handled, metrics } = await serve({}, 1_000_000);
    const socket = await peer(port);
    socket.pause();
    const many = Buffer.concat(Array.from({ length: 100 }, () => ping));
    for (let times = 0; times < 50; times += 1) socket.write(many);
    let seen = -1;
    // Until nothing moves any more: what was sent is in the sockets' buffers.
    while (seen !== handled.count) {
      seen = handled.count;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(handled.count).toBeGreaterThan(0);
    expect(handled.count).toBeLessThan(50);
    expect(metrics.network.bytesOut).toBeLessThan(50_000_000);
  });

  it('is let go of when nothing moves for too long', async () => {
    const { port, logEvents, metrics } = await serve({ stallTimeout_ms: 100 }, 10_000_000);
    const socket = await peer(port);
    socket.pause();
    socket.write(Buffer.concat([ping, ping, ping]));
    while (!logEvents.some(({ event }) => event === 'connection.dropped')) await new Promise((resolve) => setTimeout(resolve, 20));
    while (metrics.connections.current > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  });
});

it('a peer that does not go on with its TLS handshake is let go of', async () => {
  const { port, metrics, logEvents } = await serve({}, 10, selfSigned());
  const socket = await peer(port);
  const closed = once(socket, 'close');
  socket.write(Buffer.from([0x16, 3, 1]));
  socket.resume();
  await closed;
  expect(metrics.connections.totalCreated).toBe(0);
  expect(logEvents.map(({ event }) => event)).toContain('connection.handshake_failed');
});
