// A connection to Redis, for what the platform can do without: it fails at once while Redis is away, and comes back by itself.
import { Redis, type RedisOptions } from 'ioredis';

/** Told once for each change. */
export interface RedisObserver {
  onConnected(): void;
  /** The code says why, such as `ECONNREFUSED`; messages may hold the address. */
  onLost(errorCode: string): void;
}

export interface RedisConnection {
  readonly client: Redis;
  close(): void;
}

const options: RedisOptions = {
  // A command that cannot be sent now fails now: whoever sent it has another way.
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  connectTimeout: 2_000,
  commandTimeout: 500,
  retryStrategy: (attempts) => Math.min(50 * 2 ** Math.min(attempts, 6), 2_000),
};

/** Begins to connect, and returns at once. */
export function openRedis(url: string, observer: RedisObserver): RedisConnection {
  const client = new Redis(url, options);
  let state: 'new' | 'connected' | 'lost' | 'closed' = 'new';
  const lose = (errorCode: string): void => {
    if (state === 'lost' || state === 'closed') return;
    state = 'lost';
    observer.onLost(errorCode);
  };
  // Without a listener of its errors the client prints them.
  client.on('error', (error: Error & { readonly code?: unknown }) => lose(typeof error.code === 'string' ? error.code : error.name));
  client.on('close', () => lose('CONNECTION_CLOSED'));
  client.on('ready', () => {
    state = 'connected';
    observer.onConnected();
  });
  return {
    client,
    close: () => {
      state = 'closed';
      client.disconnect();
    },
  };
}
