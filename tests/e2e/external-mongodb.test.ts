// The control plane beside a MongoDB that it did not start: a second engine process, or the deployment that
// FREEHOLD_TEST_MONGODB_URI names.
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { externalMasterKey, startExternalMongodb, type ExternalMongodb } from './external-mongodb.js';
import { removeFolder, signUp, startPlatform, temporaryFolder, type TestPlatform } from './platform.js';

describe('with an external MongoDB', () => {
  let mongodb: ExternalMongodb;
  let platform: TestPlatform;
  const dataDirectory = temporaryFolder('external');

  beforeAll(async () => {
    mongodb = await startExternalMongodb();
    platform = await startPlatform({ dataDirectory, environment: { FREEHOLD_MONGODB_URI: mongodb.uri, FREEHOLD_MASTER_KEYS: `k1:${externalMasterKey}` } });
  });

  afterAll(async () => {
    await platform.stop();
    await mongodb.stop();
    removeFolder(dataDirectory);
  });

  it('starts no engine of its own', () => {
    expect(platform.engine).toBeNull();
  });

  it('creates, rotates, deletes and restores a database there', async () => {
    const { client } = await signUp(platform.url);
    await client.databases.create({ name: 'first' });
    const database = await client.databases.create({ name: 'external' });
    const works = async (uri: string): Promise<boolean> => {
      const mongo = new MongoClient(uri, { serverSelectionTimeoutMS: 5000 });
      try {
        await mongo.db().collection('c').insertOne({});
        return true;
      } catch {
        return false;
      } finally {
        await mongo.close();
      }
    };
    expect(await works(database.connection_uri)).toBe(true);
    const rotated = await client.databases.rotateCredentials({ id: database.id });
    expect(await works(database.connection_uri)).toBe(false);
    expect(await works(rotated.connection_uri)).toBe(true);
    const request = await client.databases.delete({ id: database.id });
    expect(request).toHaveProperty('confirm_token');
    const deleted = await client.databases.delete({ id: database.id, confirm_token: (request as { confirm_token: string }).confirm_token });
    expect(deleted).toMatchObject({ status: 'deleting' });
    expect(await works(rotated.connection_uri)).toBe(false);
    expect(await client.databases.restore({ id: database.id })).toMatchObject({ status: 'active' });
    expect(await works(rotated.connection_uri)).toBe(true);
  });
});
