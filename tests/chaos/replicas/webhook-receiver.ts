// Where the accounts' webhooks go: takes most deliveries, refuses some, and drops some without an answer.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Random } from './random.js';

export interface WebhookReceiver {
  urlFor(userId: string): string;
  /** Ids of the events whose delivery was answered with success. */
  received(userId: string): ReadonlySet<string>;
  stop(): Promise<void>;
}

export async function startWebhookReceiver(random: Random): Promise<WebhookReceiver> {
  const received = new Map<string, Set<string>>();
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => {
      const fate = random.next();
      if (fate < 0.1) return request.destroy();
      if (fate < 0.2) return response.writeHead(503).end();
      const userId = (request.url ?? '').slice(1);
      const ids = received.get(userId) ?? new Set<string>();
      received.set(userId, ids.add(String(request.headers['webhook-id'])));
      return response.writeHead(204).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    urlFor: (userId) => `http://127.0.0.1:${port}/${userId}`,
    received: (userId) => received.get(userId) ?? new Set(),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
