// Engines on temporary folders and free ports, clients to them, and raw sockets; all closed again by `close`.
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient, MongoServerError, type MongoClientOptions } from 'mongodb';
import type { LogEvent } from './dispatch/log.js';
import { startEngine, type EngineOptions, type RunningEngine } from './server.js';

export interface EngineUnderTest {
  readonly engine: RunningEngine;
  readonly dataDirectory: string;
  readonly logEvents: LogEvent[];
  /** A connected client. */
  client(options?: MongoClientOptions): Promise<MongoClient>;
  /** A client as this user. */
  clientOf(username: string, password: string, options?: MongoClientOptions & { readonly authSource?: string }): Promise<MongoClient>;
  socket(): Promise<Socket>;
  close(): Promise<void>;
}

export const rootUser = { user: 'root', password: 'root password' } as const;

/** An engine with authorization and the user `rootUser`, unless the options say otherwise. */
export async function engineUnderTest(options: Partial<EngineOptions> = {}): Promise<EngineUnderTest> {
  const dataDirectory = options.dataDirectory ?? (await mkdtemp(join(tmpdir(), 'freehold-engine-')));
  const logEvents: LogEvent[] = [];
  const onLogEvent = (event: LogEvent): void => {
    logEvents.push(event);
  };
  const engine = await startEngine({ port: 0, rootUser, onLogEvent, ...options, dataDirectory });
  const clients: MongoClient[] = [];
  const sockets: Socket[] = [];
  const client = async (clientOptions: MongoClientOptions = {}): Promise<MongoClient> => {
    const opened = new MongoClient(engine.uri, { serverSelectionTimeoutMS: 5000, ...clientOptions });
    clients.push(opened);
    return opened.connect();
  };
  return {
    engine,
    dataDirectory,
    logEvents,
    client,
    clientOf: (username, password, clientOptions = {}) => client({ authSource: 'admin', ...clientOptions, auth: { username, password } }),
    socket: async () => {
      const socket = connect(engine.port, engine.host);
      sockets.push(socket);
      await new Promise((resolve, reject) => {
        socket.once('connect', resolve);
        socket.once('error', reject);
      });
      return socket;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all(clients.map((opened) => opened.close()));
      await engine.stop();
      if (options.dataDirectory === undefined) await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

/** The error that the promise rejects with; fails where it does not reject. */
export async function rejection(promise: Promise<unknown>): Promise<Error & { readonly code?: number; readonly codeName?: string; readonly errorLabels?: readonly string[] }> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
    throw new TypeError(`rejected with something that is no Error: ${String(error)}`);
  }
  throw new Error('expected a rejection');
}

/** The code that a server answers with; 0 where it has nothing against it. */
export async function codeOf(promise: Promise<unknown>): Promise<number> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof MongoServerError) return error.code as number;
    throw error;
  }
  return 0;
}
