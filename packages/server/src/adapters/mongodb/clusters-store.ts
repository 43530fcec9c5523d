// The register of clusters and the count of users that are reserved on each (R1.7).
import type { Collection } from 'mongodb';
import { z } from 'zod';
import type { ClusterRoom } from '../../domain/placement.js';
import type { ClusterRecord, ClusterStore } from '../../ports/clusters.js';
import { controlCollections } from './control-collections.js';
import { inSession, type StoreSession } from './store-session.js';

const documentSchema = z.strictObject({
  _id: z.string(),
  name: z.string(),
  uri_encrypted: z.string().nullable(),
  user_limit: z.number(),
  user_count: z.number(),
  accepts_new_databases: z.boolean(),
});
type ClusterDocument = z.infer<typeof documentSchema>;

function toRecord(document: unknown): ClusterRecord {
  const { _id: id, name, uri_encrypted: uriEncrypted, user_limit: userLimit, user_count: userCount, accepts_new_databases: acceptsNewDatabases } = documentSchema.parse(document);
  return { id, name, uriEncrypted, userLimit, userCount, acceptsNewDatabases };
}

export class MongoClusterStore implements ClusterStore {
  readonly #at: StoreSession;

  constructor(at: StoreSession) {
    this.#at = at;
  }

  async ensure(record: ClusterRecord): Promise<void> {
    const { id: _id, name, uriEncrypted: uri_encrypted, userLimit: user_limit, userCount: user_count, acceptsNewDatabases: accepts_new_databases } = record;
    await this.#clusters.updateOne({ _id }, { $setOnInsert: { name, uri_encrypted, user_limit, user_count, accepts_new_databases } }, { upsert: true, ...inSession(this.#at) });
  }

  async find(clusterId: string): Promise<ClusterRecord | undefined> {
    const document = await this.#clusters.findOne({ _id: clusterId }, inSession(this.#at));
    return document === null ? undefined : toRecord(document);
  }

  async list(): Promise<readonly ClusterRecord[]> {
    return (await this.#clusters.find({}, inSession(this.#at)).sort({ _id: 1 }).toArray()).map(toRecord);
  }

  async rooms(): Promise<readonly ClusterRoom[]> {
    return (await this.list()).map(({ id: clusterId, userCount, userLimit, acceptsNewDatabases }) => ({ clusterId, userCount, userLimit, acceptsNewDatabases }));
  }

  async claimUser(clusterId: string): Promise<boolean> {
    const { modifiedCount } = await this.#clusters.updateOne(
      { _id: clusterId, accepts_new_databases: true, $expr: { $lt: ['$user_count', '$user_limit'] } }, { $inc: { user_count: 1 } }, inSession(this.#at),
    );
    return modifiedCount === 1;
  }

  async releaseUser(clusterId: string): Promise<void> {
    await this.#clusters.updateOne({ _id: clusterId, user_count: { $gt: 0 } }, { $inc: { user_count: -1 } }, inSession(this.#at));
  }

  async correctUserCount(clusterId: string, from: number, to: number): Promise<boolean> {
    const { matchedCount } = await this.#clusters.updateOne({ _id: clusterId, user_count: from }, { $set: { user_count: to } }, inSession(this.#at));
    return matchedCount === 1;
  }

  get #clusters(): Collection<ClusterDocument> {
    return this.#at.db.collection<ClusterDocument>(controlCollections.clusters);
  }
}
