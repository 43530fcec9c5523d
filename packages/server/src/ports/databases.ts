// The databases of users: `users.databases[]` and `users.default_database_id` in the control database (R1.1, R1.2).
import type { DatabaseEntry, DatabaseOwner, DatabaseStatus, QuotaLevel } from '../domain/database-entry.js';
import type { DatabaseListQuery } from '../domain/database-list.js';
import type { UserLimits } from '../domain/limits.js';

/** A database as its owner sees it: `isDefault` is resolved (R1.2), whatever the stored flag says. */
export interface OwnedDatabase {
  readonly userId: string;
  readonly entry: DatabaseEntry;
  readonly isDefault: boolean;
}

/** Fields that may be changed after creation. */
export type DatabaseChange = Partial<Pick<DatabaseEntry,
  'name' | 'status' | 'environment' | 'description' | 'cluster_id' | 'mongo_database' | 'mongo_username' | 'mongo_password_encrypted' | 'quota_mb' | 'current_size_mb' | 'quota_level' |
  'connection_budget' | 'connections_warned_at' | 'app_count' | 'is_suspended' | 'is_frozen' | 'last_rotated_at' | 'deleted_at'>>;

export interface ChangeConditions {
  /** The change is made only where the status is one of these. */
  readonly whereStatus?: readonly DatabaseStatus[];
  /** The change is made only where the level is this one. */
  readonly whereQuotaLevel?: QuotaLevel;
  /** The change is made only where nobody was told of its connections since then. */
  readonly whereConnectionsWarnedBefore?: Date;
  /** In the same write, makes it the default, and no other. */
  readonly makeDefault?: boolean;
}

/** Another of the user's databases has this name, in some case (R2.1). */
export class DatabaseNameTaken extends Error {
  override readonly name = 'DatabaseNameTaken';
}

/** The id is somebody's already (R1.6): make another. */
export class DatabaseIdTaken extends Error {
  override readonly name = 'DatabaseIdTaken';
}

/** There is no such user. */
export class UserAbsent extends Error {
  override readonly name = 'UserAbsent';
}

/**
 * How the rows that a user with many databases is listed from stand to their document: they are what it says, which is none for a user with few; nobody
 * has needed them yet; or somebody has changed one without the other.
 */
export type RowsState = 'right' | 'absent' | 'wrong';

export interface DatabaseStore {
  /** What limits a user's databases, their plan's limits included, whatever they have. Undefined: no such user. */
  limitsOf(userId: string): Promise<UserLimits | undefined>;
  /** Everything of one user. Undefined: no such user. */
  owner(userId: string): Promise<DatabaseOwner | undefined>;
  /** One database of this user; a stranger's and an absent one are both undefined, at the same cost (R2.2). */
  find(userId: string, databaseId: string): Promise<OwnedDatabase | undefined>;
  /** Whoever owns it; for what the platform does by itself. */
  findById(databaseId: string): Promise<OwnedDatabase | undefined>;
  list(userId: string, query: DatabaseListQuery): Promise<{ readonly items: readonly OwnedDatabase[]; readonly total: number }>;
  /** Throws DatabaseNameTaken, DatabaseIdTaken, UserAbsent. */
  insert(userId: string, entry: DatabaseEntry): Promise<void>;
  /** One atomic write. False: no such database, or not in one of the statuses. Throws DatabaseNameTaken. */
  change(userId: string, databaseId: string, change: DatabaseChange, conditions?: ChangeConditions): Promise<boolean>;
  /** Points the user's default nowhere, if it points to this database. */
  clearDefault(userId: string, databaseId: string): Promise<void>;
  /** False: it was not there. */
  remove(userId: string, databaseId: string): Promise<boolean>;
  /**
   * Writes the sizes of databases of one user, by their ids, in few writes however many they are: each of them writes the user's whole document.
   * Those that are neither active nor being moved are left as they are.
   */
  writeSizes(userId: string, sizes: ReadonlyMap<string, number>): Promise<void>;
  rowsState(userId: string): Promise<RowsState>;
  /** Makes them right. False: nothing was written. */
  settleRows(userId: string): Promise<boolean>;
  /** Users that have databases, in the order of their ids, after `afterUserId`: pages for whoever walks them all. */
  pageOfOwners(afterUserId: string | null, limit: number): Promise<readonly DatabaseOwner[]>;
  /** The same of users who have a quota, for a database or in total, or had one; by index, so that the others cost nothing. */
  pageOfOwnersWithQuota(afterUserId: string | null, limit: number): Promise<readonly DatabaseOwner[]>;
  /** The same of users whose databases are suspended, or are to be. */
  pageOfOwnersWithSuspensions(afterUserId: string | null, limit: number): Promise<readonly DatabaseOwner[]>;
}
