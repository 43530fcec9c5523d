// Check values of master keys.
import type { Db } from 'mongodb';
import { z } from 'zod';
import type { KeyCheck, KeyCheckStore } from '../environment-keyring/verify-master-keys.js';
import { controlCollections } from './control-collections.js';
import { hasCode, mongoCodes } from './failures.js';

const documentSchema = z.strictObject({ _id: z.string(), envelope: z.string() });

export class MongoKeyCheckStore implements KeyCheckStore {
  constructor(private readonly db: Db) {}

  async all(): Promise<readonly KeyCheck[]> {
    const documents = await this.db.collection<{ _id: string; envelope: string }>(controlCollections.keyChecks).find({}).toArray();
    return documents.map((document) => {
      const { _id: keyId, envelope } = documentSchema.parse(document);
      return { keyId, envelope };
    });
  }

  async insert({ keyId, envelope }: KeyCheck): Promise<void> {
    try {
      await this.db.collection<{ _id: string; envelope: string }>(controlCollections.keyChecks).insertOne({ _id: keyId, envelope });
    } catch (error) {
      if (!hasCode(error, mongoCodes.duplicateKey)) throw error;
    }
  }
}
