// What the reconciler reads of the control database in bulk, by index, for many users at once; and the few writes that no other store has.
import type { AppRecord } from '../domain/app.js';
import type { DatabaseOwner } from '../domain/database-entry.js';

/** What is written about a MongoDB user. */
export interface KnownCredential {
  readonly userId: string;
  readonly databaseId: string;
  readonly clusterId: string;
  readonly username: string;
}

/** Collections of what expires by itself, by the names that operators see. */
export const expiringRecords = ['sessions', 'tokens', 'confirm_tokens', 'idempotency_keys'] as const;
export type ExpiringRecords = (typeof expiringRecords)[number];

export interface DriftReads {
  /**
   * The ids of the next owners: of so many at most, who have so many databases together at most, but of one in any case, so that what is
   * read of a page is bounded. With a cluster, of those who have databases there.
   */
  nextOwners(afterUserId: string | null, bounds: { readonly owners: number; readonly databases: number }, clusterId: string | null): Promise<readonly string[]>;
  /** These users with their databases, in no order, and the ids of those whose databases cannot be read. */
  owners(userIds: readonly string[]): Promise<{ readonly owners: readonly DatabaseOwner[]; readonly malformed: readonly string[] }>;
  /** Of these users, those whose databases are listed from rows. */
  ownersWithRows(userIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** What is written about these databases; those that are not there are left out. */
  credentials(databaseIds: readonly string[]): Promise<ReadonlyMap<string, KnownCredential>>;
  /** Of these databases, those that have a time at which they are purged. */
  scheduledPurges(databaseIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** How many apps name each of these users' databases, by user and database. */
  appCounts(userIds: readonly string[]): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>>;
  /** The ids of the next apps, in their order. */
  nextApps(afterAppId: string | null, limit: number, userId: string | null): Promise<readonly string[]>;
  apps(appIds: readonly string[]): Promise<readonly AppRecord[]>;
  /** How many are there that have expired before a time. */
  countExpired(of: ExpiringRecords, before: Date): Promise<number>;
  removeExpired(of: ExpiringRecords, before: Date): Promise<void>;
}
