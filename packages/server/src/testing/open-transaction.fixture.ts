// The open transaction of a process that died: what it wrote is held until the server gives it up, or a test does.
import { MongoClient, type Document } from 'mongodb';
import type { ControlPlane } from './control-plane.fixture.js';

export interface OpenTransaction {
  /** Ends it, as the server does by itself after `transactionLifetimeLimitSeconds`. */
  end(): Promise<void>;
}

/** Holds a document of the control database. */
export async function holdDocument(plane: ControlPlane, collection: string, filter: Document): Promise<OpenTransaction> {
  return openTransaction(plane, async (write) => {
    const { matchedCount } = await write(collection).updateOne(filter, { $set: { held_by_the_dead: 1 } });
    if (matchedCount !== 1) throw new Error(`there is nothing to hold in ${collection}`);
  });
}

/** Holds what inserting this document would: its values in unique indexes. */
export async function holdInsertion(plane: ControlPlane, collection: string, document: Document): Promise<OpenTransaction> {
  return openTransaction(plane, async (write) => write(collection).insertOne(document));
}

interface Writes {
  updateOne(filter: Document, update: Document): Promise<{ readonly matchedCount: number }>;
  insertOne(document: Document): Promise<void>;
}

async function openTransaction({ testCluster, connection }: ControlPlane, work: (write: (collection: string) => Writes) => Promise<void>): Promise<OpenTransaction> {
  const client = new MongoClient(testCluster.uri);
  const session = client.startSession();
  session.startTransaction();
  await work((name) => {
    const collection = client.db(connection.db.databaseName).collection(name);
    return {
      updateOne: (filter, update) => collection.updateOne(filter, update, { session }),
      insertOne: async (document) => {
        await collection.insertOne(document, { session });
      },
    };
  });
  return {
    end: async () => {
      await session.abortTransaction().catch(() => undefined);
      await client.close();
    },
  };
}
