// A MongoDB cluster, as the control plane needs it. Every method throws TransientFailure (no answer, no primary, try again; its
// kind Outage: nobody has answered for a while) or PermanentFailure (refused, with MongoDB's error code name), and nothing else; every change is idempotent.
import type { CredentialOwner, GrantedRole } from '../domain/credential-plan.js';
import type { PublicAddress } from '../domain/connection-uri.js';
import type { Secret } from '../domain/secret.js';
import type { DatabaseContents } from './database-contents.js';

export interface NewDatabaseUser {
  readonly username: string;
  readonly password: Secret;
  readonly roles: readonly GrantedRole[];
  /** Kept with the user as `customData.freehold`. */
  readonly owner: CredentialOwner;
}

export interface DatabaseUser {
  readonly username: string;
  readonly roles: readonly GrantedRole[];
  /** Null: not one of ours. */
  readonly owner: CredentialOwner | null;
}

export interface CredentialToProve {
  readonly username: string;
  readonly password: Secret;
  /** The database it must be able to write to. */
  readonly database: string;
  /** A database it must be refused on. */
  readonly neighbour: string;
}

export interface DatabaseSize {
  /** Data and indexes as stored. */
  readonly bytes: number;
  readonly documents: number;
  readonly collections: number;
  /** Bytes of the documents, uncompressed. */
  readonly dataBytes: number;
  readonly storageBytes: number;
  readonly indexBytes: number;
}

export interface CollectionSize {
  readonly name: string;
  readonly documents: number;
  /** Bytes of the documents, uncompressed. */
  readonly dataBytes: number;
  readonly storageBytes: number;
  readonly indexBytes: number;
  readonly indexes: number;
}

export const clusterKinds = ['replica_set', 'sharded', 'standalone'] as const;
export type ClusterKind = (typeof clusterKinds)[number];

export interface ClusterDescription {
  readonly kind: ClusterKind;
  /** Of the server that answers: `8.0.4`. */
  readonly version: string;
  /** Of one round trip, once connected. */
  readonly latencyMilliseconds: number;
}

/** What a cluster holds; null where its administrator may not see it. */
export interface ClusterUse {
  /** All MongoDB users, whoever made them. */
  readonly users: number;
  /** Data and indexes of all databases, as stored. */
  readonly bytes: number | null;
  /** Open ones, to the server that answers. */
  readonly connections: number | null;
}

/**
 * What is known without asking: never asked yet; it answers; it has just stopped to (an election, or worse); nobody has answered for a
 * while. A cluster that is away refuses every call at once with `Outage`, and is looked for meanwhile.
 */
export type ClusterContact = 'untried' | 'present' | 'interrupted' | 'away';

/** PermanentFailure codes that are the port's own. */
export const credentialNotProven = 'CREDENTIAL_NOT_PROVEN';
export const usernameTaken = 'USERNAME_TAKEN';
export const uriInvalid = 'URI_INVALID';

export interface Cluster {
  readonly id: string;
  /** What connection strings of its databases name. */
  readonly publicAddress: PublicAddress;
  readonly contact: ClusterContact;

  /**
   * Makes the user, or, where it is there already and belongs to the same database, gives it this password, these roles and
   * this owner. A user of that name that belongs to somebody else: PermanentFailure `USERNAME_TAKEN`.
   */
  createDatabaseUser(user: NewDatabaseUser): Promise<void>;
  findDatabaseUser(username: string): Promise<DatabaseUser | undefined>;
  /** The same of several at once, by their names; those that are not there are left out. */
  findDatabaseUsers(usernames: readonly string[]): Promise<ReadonlyMap<string, DatabaseUser>>;
  setPassword(username: string, password: Secret): Promise<void>;
  setRoles(username: string, roles: readonly GrantedRole[]): Promise<void>;
  /** Ends its rights on open connections too. False: it was not there. */
  dropDatabaseUser(username: string): Promise<boolean>;
  /**
   * Logs in as the user, writes and deletes a probe in its database, and sees the neighbour's database refuse it.
   * PermanentFailure `CREDENTIAL_NOT_PROVEN` where any of these goes otherwise.
   */
  proveCredential(credential: CredentialToProve): Promise<void>;
  /** Logs in, and does nothing. False: the cluster knows no such user with this password. */
  canLogIn(credential: Pick<CredentialToProve, 'username' | 'password'>): Promise<boolean>;
  /**
   * Writes whose a user is that somebody else made; null: takes that off again. What else its `customData` holds stays, and so does the password. The
   * roles are replaced in the same command where some are given, else they stay too.
   */
  tagDatabaseUser(username: string, owner: CredentialOwner | null, roles?: readonly GrantedRole[]): Promise<void>;
  databaseSize(database: string): Promise<DatabaseSize>;
  /** Of its collections, views and system collections aside: `limit` of them at most, the first by name; in that order. */
  collectionSizes(database: string, limit: number): Promise<readonly CollectionSize[]>;
  /**
   * How many connections are open by user, idle ones too, for these users (null: for all of `admin`); who has none is left out.
   * PermanentFailure where the cluster does not show them: a managed one, a router of shards, or a set of which a member is away.
   */
  connectionsByUser(usernames: readonly string[] | null): Promise<ReadonlyMap<string, number>>;
  /**
   * Makes the role `freehold_over_quota` of a database, or puts it right: who has it alone can read, delete, drop and compact there,
   * and neither write documents nor make collections or indexes.
   */
  ensureOverQuotaRole(database: string): Promise<void>;
  /** One that is not there is no error. Who still has it has no rights by it any more. */
  dropOverQuotaRole(database: string): Promise<void>;
  dropDatabase(database: string): Promise<void>;
  /** What is in one of its databases, for whoever copies it. */
  contents(database: string): DatabaseContents;
  /** Ends what these users have begun, open transactions included, so that nothing is written any more by rights that they had. */
  endSessions(usernames: readonly string[]): Promise<void>;
  /** All MongoDB users of the cluster, whoever made them. */
  countUsers(): Promise<number>;
  describe(): Promise<ClusterDescription>;
  measure(): Promise<ClusterUse>;
  /** The users whose name is greater than `after`, in the order of their names: pages for whoever walks them all. */
  listDatabaseUsers(after: string | null, limit: number): Promise<readonly DatabaseUser[]>;
  close(): Promise<void>;
}

/** A cluster that may not be in the register. */
export interface ClusterAddress {
  readonly id: string;
  /** As an administrator. */
  readonly uri: Secret;
  /** `host:port,…` that tenants' URIs name instead of the URI's. */
  readonly publicHosts: string | null;
}

/** Opens clusters by their URI; each connects at its first use, and whoever opened it closes it. */
export interface ClusterConnector {
  /** Throws PermanentFailure `URI_INVALID`. */
  open(address: ClusterAddress): Cluster;
  /** The hosts that a URI names, in lower case. Throws PermanentFailure `URI_INVALID`. */
  hostsOf(uri: Secret): readonly string[];
}

/** The clusters the control plane is connected to. */
export interface ClusterDirectory {
  /** Throws PermanentFailure `CLUSTER_UNKNOWN` for an id that is not registered. */
  cluster(clusterId: string): Promise<Cluster>;
}
