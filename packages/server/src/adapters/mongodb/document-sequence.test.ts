// Holds the driver to what document-sequence.ts takes from its inside: a version that does otherwise fails here, and not in somebody's copy.
import { BSON, Double, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/start-test-cluster.js';
import { documentSequence } from './document-sequence.js';

let cluster: TestCluster;
let client: MongoClient;
beforeAll(async () => {
  cluster = await startTestCluster();
  client = await MongoClient.connect(cluster.uri);
});
afterAll(async () => {
  await client.close();
  await cluster.stop();
});

describe('a sequence of documents', () => {
  it('arrives byte by byte, in one command, whatever the driver would have made of the documents', async () => {
    const db = client.db(`sequence_${new BSON.ObjectId().toHexString()}`);
    // Numeric names out of their order, a double that is a whole number, and a NaN with a payload.
    const withPayload = Buffer.from('1234567890abf87f', 'hex');
    const documents = [
      BSON.serialize(new Map<string, unknown>([['_id', new Double(1)], ['10', 'a'], ['2', 'b']])),
      Buffer.concat([Buffer.from([31, 0, 0, 0, 1]), Buffer.from('_id\0'), Buffer.from([0, 0, 0, 0, 0, 0, 0, 0x40, 1]), Buffer.from('nan\0'), withPayload, Buffer.from([0])]),
    ];
    expect(documents[1]).toHaveLength(31);
    const answer = await db.command({ insert: 'a', documents: documentSequence('documents', documents) });
    expect(answer).toMatchObject({ ok: 1, n: 2 });
    const found = await db.collection('a').find({}, { raw: true, sort: { _id: 1 } }).toArray() as unknown as Buffer[];
    expect(found.map((bytes) => bytes.toString('hex'))).toEqual(documents.map((bytes) => Buffer.from(bytes).toString('hex')));
    await db.dropDatabase();
  });
});
