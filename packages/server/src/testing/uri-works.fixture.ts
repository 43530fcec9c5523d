// Whether a connection URI opens its database, from outside.
import { MongoClient } from 'mongodb';

/** Whether a client that has nothing but the URI can write; false whatever the reason. */
export async function uriWorks(uri: string): Promise<boolean> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 5000 });
  try {
    await client.db().collection('a').insertOne({ works: true });
    return true;
  } catch {
    return false;
  } finally {
    await client.close();
  }
}
