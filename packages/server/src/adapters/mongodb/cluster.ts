// A MongoDB cluster behind the `Cluster` port: the official driver, with one pool of connections as an administrator.
import { MongoClient, type Db, type Document } from 'mongodb';
import { z } from 'zod';
import type { PublicAddress } from '../../domain/connection-uri.js';
import type { CredentialOwner, GrantedRole } from '../../domain/credential-plan.js';
import type { Secret } from '../../domain/secret.js';
import {
  usernameTaken, type Cluster, type ClusterContact, type ClusterDescription, type ClusterUse, type CollectionSize, type CredentialToProve, type DatabaseSize, type DatabaseUser,
  type NewDatabaseUser,
} from '../../ports/cluster.js';
import type { DatabaseContents } from '../../ports/database-contents.js';
import { PermanentFailure } from '../../ports/failures.js';
import type { Tracing } from '../../ports/tracing.js';
import { clusterClientOptions } from './client-options.js';
import { traceCommands } from './command-spans.js';
import { ClusterHealth } from './cluster-health.js';
import { describeCluster, measureCluster } from './cluster-measure.js';
import { collectionSizes, databaseSize } from './cluster-sizes.js';
import { MongoContents } from './copy-contents.js';
import { canLogIn, proveCredential, tenantUri } from './credential-proof.js';
import { connectionsByUser } from './open-connections.js';
import { dropOverQuotaRole, ensureOverQuotaRole } from './over-quota-role.js';
import { asClusterFailure, hasCode, mongoCodes } from './failures.js';
import { publicAddressOf } from './public-address.js';
import { countAllUsers, pageOfUsers } from './user-pages.js';
import { tagUser } from './user-tag.js';

export interface MongoClusterOptions {
  readonly id: string;
  /** As a user that may manage users and drop any database. */
  readonly uri: string;
  /** `host:port,…` that tenants' connection strings name instead of the URI's. */
  readonly publicHosts?: string;
  /** Tells our users from those of another control plane on the same cluster; without it, all are taken for ours. */
  readonly installationId?: string;
  /** Where its commands are traced; absent: nowhere. */
  readonly tracing?: Tracing | undefined;
}

const acknowledged = { w: 'majority', wtimeout: 10_000 } as const;

const userDocumentSchema = z.object({
  user: z.string(),
  roles: z.array(z.object({ role: z.string(), db: z.string() })),
  customData: z.object({ freehold: z.object({ user_id: z.string(), database_id: z.string(), operation_id: z.string(), installation_id: z.string().optional() }).optional() }).optional(),
});
const usersInfoSchema = z.object({ users: z.array(z.unknown()) });

function toDatabaseUser(document: unknown, installationId: string | undefined): DatabaseUser {
  const parsed = userDocumentSchema.safeParse(document);
  // Somebody else's customData may have any form; such a user is not one of ours.
  const { user, roles } = parsed.success ? parsed.data : userDocumentSchema.omit({ customData: true }).parse(document);
  const tag = parsed.success ? parsed.data.customData?.freehold : undefined;
  // Another control plane on the same cluster made it: whatever its records say, it is nothing of ours.
  const isForeign = installationId !== undefined && tag?.installation_id !== undefined && tag.installation_id !== installationId;
  const owner = isForeign ? undefined : tag;
  return {
    username: user,
    roles: roles.map(({ role, db }) => ({ role, database: db })),
    owner: owner === undefined ? null : { userId: owner.user_id, databaseId: owner.database_id, operationId: owner.operation_id },
  };
}

function toRoleDocuments(roles: readonly GrantedRole[]): Document[] {
  return roles.map(({ role, database }) => ({ role, db: database }));
}

function toCustomData(owner: CredentialOwner, installationId: string | undefined): Document {
  const tag = { user_id: owner.userId, database_id: owner.databaseId, operation_id: owner.operationId };
  return { freehold: installationId === undefined ? tag : { ...tag, installation_id: installationId } };
}

/** A cluster reached over `mongodb://`; connects at its first use. */
export class MongoCluster implements Cluster {
  readonly id: string;
  readonly publicAddress: PublicAddress;
  readonly #uri: string;
  readonly #tenantUri: string;
  readonly #client: MongoClient;
  readonly #admin: Db;
  readonly #health: ClusterHealth;
  readonly #installationId: string | undefined;

  constructor(options: MongoClusterOptions) {
    this.id = options.id;
    this.publicAddress = publicAddressOf(options.uri, options.publicHosts);
    this.#uri = options.uri;
    this.#tenantUri = tenantUri(options.uri);
    this.#installationId = options.installationId;
    this.#client = new MongoClient(options.uri, { ...clusterClientOptions(options.uri), monitorCommands: options.tracing !== undefined });
    if (options.tracing !== undefined) traceCommands(this.#client, options.tracing);
    this.#admin = this.#client.db('admin');
    this.#health = new ClusterHealth(this.#client);
  }

  get contact(): ClusterContact {
    return this.#health.contact;
  }

  async createDatabaseUser(user: NewDatabaseUser): Promise<void> {
    const fields = { pwd: user.password.reveal(), roles: toRoleDocuments(user.roles), customData: toCustomData(user.owner, this.#installationId), writeConcern: acknowledged };
    try {
      await this.#ask(() => this.#admin.command({ createUser: user.username, ...fields }));
      return;
    } catch (error) {
      if (!hasCode(error, mongoCodes.userAlreadyExists)) throw asClusterFailure(error, 'create a user');
    }
    const present = await this.findDatabaseUser(user.username);
    if (present?.owner?.databaseId !== user.owner.databaseId || present.owner.userId !== user.owner.userId) {
      throw new PermanentFailure(usernameTaken, 'the cluster has a user of this name that belongs to somebody else');
    }
    await this.#attempt('update a user', () => this.#admin.command({ updateUser: user.username, ...fields }));
  }

  async findDatabaseUser(username: string): Promise<DatabaseUser | undefined> {
    const answer = await this.#attempt('describe a user', () => this.#admin.command({ usersInfo: { user: username, db: 'admin' } }));
    const [document] = usersInfoSchema.parse(answer).users;
    return document === undefined ? undefined : toDatabaseUser(document, this.#installationId);
  }

  async findDatabaseUsers(usernames: readonly string[]): Promise<ReadonlyMap<string, DatabaseUser>> {
    if (usernames.length === 0) return new Map();
    const answer = await this.#attempt('describe users', () => this.#admin.command({ usersInfo: usernames.map((user) => ({ user, db: 'admin' })) }));
    return new Map(usersInfoSchema.parse(answer).users.map((document) => toDatabaseUser(document, this.#installationId)).map((user) => [user.username, user]));
  }

  async setPassword(username: string, password: Secret): Promise<void> {
    await this.#attempt('change a password', () => this.#admin.command({ updateUser: username, pwd: password.reveal(), writeConcern: acknowledged }));
  }

  async setRoles(username: string, roles: readonly GrantedRole[]): Promise<void> {
    await this.#attempt('change roles', () => this.#admin.command({ updateUser: username, roles: toRoleDocuments(roles), writeConcern: acknowledged }));
  }

  async dropDatabaseUser(username: string): Promise<boolean> {
    try {
      await this.#ask(() => this.#admin.command({ dropUser: username, writeConcern: acknowledged }));
      return true;
    } catch (error) {
      if (hasCode(error, mongoCodes.userNotFound)) return false;
      throw asClusterFailure(error, 'drop a user');
    }
  }

  async proveCredential(credential: CredentialToProve): Promise<void> {
    this.#health.admit();
    try {
      await proveCredential(this.#tenantUri, credential);
    } catch (error) {
      // Over connections of its own, but the same servers.
      this.#health.noteFailure(error instanceof Error ? error.cause : error);
      throw error;
    }
  }

  async canLogIn(credential: Pick<CredentialToProve, 'username' | 'password'>): Promise<boolean> {
    this.#health.admit();
    return canLogIn(this.#tenantUri, credential);
  }

  async tagDatabaseUser(username: string, owner: CredentialOwner | null, roles?: readonly GrantedRole[]): Promise<void> {
    const tag = owner === null ? null : toCustomData(owner, this.#installationId);
    await this.#attempt('tag a user', () => tagUser(this.#admin, username, tag, roles === undefined ? undefined : toRoleDocuments(roles)));
  }

  async databaseSize(database: string): Promise<DatabaseSize> {
    return this.#attempt('measure a database', () => databaseSize(this.#client.db(database)));
  }

  async collectionSizes(database: string, limit: number): Promise<readonly CollectionSize[]> {
    return this.#attempt('measure the collections of a database', () => collectionSizes(this.#client.db(database), limit));
  }

  async connectionsByUser(usernames: readonly string[] | null): Promise<ReadonlyMap<string, number>> {
    return this.#attempt('count connections', () => connectionsByUser(this.#admin, this.#uri, usernames));
  }

  async ensureOverQuotaRole(database: string): Promise<void> {
    await this.#attempt('make a role', () => ensureOverQuotaRole(this.#client.db(database)));
  }

  async dropOverQuotaRole(database: string): Promise<void> {
    await this.#attempt('drop a role', () => dropOverQuotaRole(this.#client.db(database)));
  }

  async dropDatabase(database: string): Promise<void> {
    await this.#attempt('drop a database', () => this.#client.db(database).command({ dropDatabase: 1, writeConcern: acknowledged }));
  }

  contents(database: string): DatabaseContents {
    return new MongoContents(this.#client, database, (during, command) => this.#attempt(during, command));
  }

  async endSessions(usernames: readonly string[]): Promise<void> {
    await this.#attempt('end sessions', () => this.#admin.command({ killAllSessions: usernames.map((user) => ({ user, db: 'admin' })) }));
  }

  async countUsers(): Promise<number> {
    return this.#attempt('count users', () => countAllUsers(this.#admin));
  }

  async describe(): Promise<ClusterDescription> {
    return this.#attempt('describe itself', () => describeCluster(this.#admin));
  }

  async measure(): Promise<ClusterUse> {
    return this.#attempt('say what it holds', () => measureCluster(this.#admin));
  }

  async listDatabaseUsers(after: string | null, limit: number): Promise<readonly DatabaseUser[]> {
    const users = await this.#attempt('list users', () => pageOfUsers(this.#admin, after, limit));
    return users.map((user) => toDatabaseUser(user, this.#installationId));
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  async #attempt<Result>(during: string, command: () => Promise<Result>): Promise<Result> {
    try {
      return await this.#ask(command);
    } catch (error) {
      throw asClusterFailure(error, during);
    }
  }

  /** Throws what the driver throws, or Outage. */
  async #ask<Result>(command: () => Promise<Result>): Promise<Result> {
    this.#health.admit();
    try {
      return await command();
    } catch (error) {
      this.#health.noteFailure(error);
      throw error;
    }
  }
}
