// An earlier platform's control database in another MongoDB: its `users` and `apps`, read as those of ours are.
import { MongoClient, type Db, type Document, type Filter } from 'mongodb';
import type { Secret } from '../../domain/secret.js';
import type { NextUsers } from '../../ports/legacy-user-pages.js';
import type { LegacySource } from '../../ports/legacy-source.js';
import type { LegacyApp, LegacyDocument } from '../../ports/legacy-users.js';
import { clusterClientOptions } from './client-options.js';
import { controlCollections } from './control-collections.js';
import { asClusterFailure } from './failures.js';
import { ownersOf } from './legacy-brought-users.js';
import { MongoLegacyUserStore } from './legacy-users-store.js';

export interface LegacySourceAddress {
  readonly name: string;
  readonly uri: Secret;
  readonly database: string;
  readonly clusterId: string;
}

export class MongoLegacySource implements LegacySource {
  readonly name: string;
  readonly clusterId: string;
  readonly #client: MongoClient;
  readonly #db: Db;
  readonly #users: MongoLegacyUserStore;

  /** Connects at its first use. Throws the driver's error for a URI that is none. */
  constructor({ name, uri, database, clusterId }: LegacySourceAddress) {
    this.name = name;
    this.clusterId = clusterId;
    this.#client = new MongoClient(uri.reveal(), clusterClientOptions(uri.reveal()));
    this.#db = this.#client.db(database);
    this.#users = new MongoLegacyUserStore({ db: this.#db, transact: (work) => this.#client.withSession(work) });
  }

  async read(userId: string): Promise<LegacyDocument | undefined> {
    const document = await this.#ask(() => this.#users.read(userId));
    return document === undefined ? undefined : { ...document, source: this.name };
  }

  async readMany(userIds: readonly string[]): Promise<ReadonlyMap<string, LegacyDocument>> {
    const documents = await this.#ask(() => this.#users.readMany(userIds));
    return new Map([...documents].map(([userId, document]) => [userId, { ...document, source: this.name }]));
  }

  pageOfUnmigrated(cursor: string | null, limit: number): Promise<NextUsers> {
    return this.#ask(() => this.#users.pageOfUnmigrated(cursor, limit));
  }

  countUnmigrated(): Promise<number> {
    return this.#ask(() => this.#users.countUnmigrated());
  }

  danglingApps(userId: string, databaseIds: readonly string[]): Promise<readonly string[]> {
    return this.#ask(() => this.#users.danglingApps(userId, databaseIds));
  }

  appsNamingDatabases(userIds: readonly string[]): Promise<ReadonlyMap<string, readonly LegacyApp[]>> {
    return this.#ask(() => this.#users.appsNamingDatabases(userIds));
  }

  async appsOf(userId: string): Promise<readonly Buffer[]> {
    const found = await this.#ask(() => this.#db.collection(controlCollections.apps).find({ user_id: { $in: ownersOf(userId) } } as Filter<Document>, { raw: true }).toArray());
    return (found as unknown as readonly Uint8Array[]).map((bytes) => Buffer.from(bytes));
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #ask<Result>(question: () => Promise<Result>): Promise<Result> {
    try {
      return await question();
    } catch (error) {
      throw asClusterFailure(error, 'give the users of the earlier platform');
    }
  }
}
