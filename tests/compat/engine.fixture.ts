// An engine of its own for a file of tests, reached by the official driver as an application would.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient, MongoServerError, type Collection, type Db, type Document, type MongoClientOptions } from 'mongodb';
import { startEngine, type RunningEngine } from '@freehold/engine';

/** A document of any shape, with an `_id` of any type. */
export interface AnyDocument extends Document {
  _id?: string | number | boolean | object | null;
}

export interface TestEngine {
  readonly engine: RunningEngine;
  readonly client: MongoClient;
  readonly database: Db;
  /** A collection under a name that no other test has. */
  collection(): Collection<AnyDocument>;
  connect(options?: MongoClientOptions): Promise<MongoClient>;
  stop(): Promise<void>;
}

/** Starts an engine without authorization in a temporary folder, on a free port. */
export async function startTestEngine(options: { readonly testCommands?: boolean } = {}): Promise<TestEngine> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'freehold-compat-'));
  const engine = await startEngine({ dataDirectory, port: 0, authorization: false, testCommands: options.testCommands ?? false });
  const clients: MongoClient[] = [];
  const connect = async (clientOptions: MongoClientOptions = {}): Promise<MongoClient> => {
    const connected = await MongoClient.connect(engine.uri, clientOptions);
    clients.push(connected);
    return connected;
  };
  const client = await connect();
  const database = client.db('compat');
  let collections = 0;
  return {
    engine,
    client,
    database,
    connect,
    collection: () => {
      collections += 1;
      return database.collection<AnyDocument>(`c${collections}`);
    },
    stop: async () => {
      await Promise.all(clients.map((open) => open.close()));
      await engine.stop();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

/** The server's error that the promise rejects with. Anything else fails the test. */
export async function serverError(work: Promise<unknown>): Promise<MongoServerError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof MongoServerError) return error;
    throw error;
  }
  throw new Error('the server accepted what it should have refused');
}
