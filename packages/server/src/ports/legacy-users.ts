// Legacy users in the control database: reading them exactly as they are, writing the migrated form on condition that nothing has
// changed, and putting back what was there (R3.1-R3.3).
import type { DatabaseEntry, DatabaseOwner } from '../domain/database-entry.js';
import type { LegacyUser } from '../domain/legacy-user.js';
import type { NextUsers } from './legacy-user-pages.js';

export interface LegacyDocument {
  readonly userId: string;
  /** The document in BSON, byte for byte. */
  readonly bytes: Buffer;
  /** SHA-256 of the bytes, hexadecimal. */
  readonly hash: string;
  /** The id stands for another type everywhere else, or is too long: the user can be reported, and not migrated. */
  readonly hasUnsupportedId: boolean;
  readonly email: string | null;
  /** The control database that it is in; null: ours. */
  readonly source: string | null;
  /** Found by the address in any case. */
  readonly hasEmailKey: boolean;
  /** Undefined: migrated, or never a legacy user. */
  readonly legacy: LegacyUser | undefined;
}

/** The document is not any more what it was when the migration looked at it. */
export class LegacyUserChanged extends Error {
  override readonly name = 'LegacyUserChanged';
  readonly code = 'USER_CHANGED';
}

/** How a migrated document says so. */
export interface LegacyMark {
  readonly run_id: string;
  readonly operation_id: string;
  readonly at: Date;
  /** Where the user was brought from. */
  readonly source?: string;
}

export interface Adoption {
  readonly userId: string;
  readonly hash: string;
  readonly entry: DatabaseEntry;
  readonly mark: LegacyMark;
  /** `email_lower`; null: another account has the address, or there is none. */
  readonly emailKey: string | null;
}

/** A user of another control database, with their apps. */
export interface Bringing extends Omit<Adoption, 'hash'> {
  /** The documents there, in BSON. */
  readonly document: Buffer;
  readonly apps: readonly Buffer[];
}

/** An app here has the id of one that was to be brought. */
export class LegacyAppTaken extends Error {
  override readonly name = 'LegacyAppTaken';
  readonly code = 'APP_ID_TAKEN';
}

/** What a user who was brought has changed here since. */
export interface ChangesSince {
  readonly fields: readonly string[];
  readonly appIds: readonly string[];
}

/** What was changed about an app, as it was before; the values are those of the database. */
export interface AppFix {
  readonly app_id: unknown;
  readonly had_database_id: boolean;
  readonly database_id: unknown;
  readonly user_id: unknown;
}

/** How a document was put back: exactly, or with what has changed since kept. */
export interface Restoration {
  readonly laterChanges: readonly string[];
}

/** An account that has an address, as it is written, or as its key. */
export interface EmailHolder {
  readonly userId: string;
  readonly email: string | null;
  readonly emailKey: string | null;
}

/** An app that names a database. */
export interface LegacyApp {
  readonly appId: string;
  readonly databaseId: string;
}

export interface LegacyUserStore {
  /** Undefined: no such user. */
  read(userId: string): Promise<LegacyDocument | undefined>;
  /** The same of several at once; those that are not there, or cannot be read at once, are left out. */
  readMany(userIds: readonly string[]): Promise<ReadonlyMap<string, LegacyDocument>>;
  /** Of these ids, those that are users'. */
  presentAmong(userIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** The databases that a document holds; nothing is asked. */
  ownerIn(document: LegacyDocument): Pick<DatabaseOwner, 'userId' | 'databases' | 'defaultDatabaseId'> | 'malformed';
  /** Accounts that have one of these addresses, or the address in lower case. */
  holdersOf(emails: readonly string[]): Promise<readonly EmailHolder[]>;
  /** By user, apps of these users that name a database other than the default one. */
  appsNamingDatabases(userIds: readonly string[]): Promise<ReadonlyMap<string, readonly LegacyApp[]>>;
  /** Whether the user is a legacy user who is not migrated yet. */
  isUnmigrated(userId: string): Promise<boolean>;
  /** Writes entry, default and mark. Throws LegacyUserChanged; DatabaseIdTaken. */
  adopt(adoption: Adoption): Promise<void>;
  /** Writes a user who is not here yet, with entry, default and mark, and their apps; gives the apps' ids. Throws LegacyUserChanged; DatabaseIdTaken; LegacyAppTaken. */
  bring(bringing: Bringing): Promise<readonly unknown[]>;
  /** What would be lost if a user who was brought were removed: fields, and apps that were made or taken over since. */
  changesSince(userId: string, document: Buffer, appIds: readonly unknown[]): Promise<ChangesSince>;
  /** Removes a user who was brought, and the apps that came along. */
  removeBrought(userId: string, appIds: readonly unknown[]): Promise<void>;
  /** Lets apps of the user that name a database which is not there use the default, and writes the owner's id as everywhere else. */
  mendApps(userId: string, databaseIds: readonly string[]): Promise<readonly AppFix[]>;
  restoreApps(fixes: readonly AppFix[]): Promise<void>;
  /** Takes off what `adopt` has written: afterwards the document is the earlier one, but for other fields that have changed since. */
  restore(userId: string, before: Buffer): Promise<Restoration>;
  /** Whether another account has the address, in any case. */
  isEmailTaken(userId: string, email: string): Promise<boolean>;
  /** False: another account has it. */
  setEmailKey(userId: string, email: string): Promise<boolean>;
  /** Legacy users that are not migrated, in the order of their ids. */
  pageOfUnmigrated(cursor: string | null, limit: number): Promise<NextUsers>;
  /** Users that are, or were, legacy users. */
  pageOfAll(cursor: string | null, limit: number): Promise<NextUsers>;
  countUnmigrated(): Promise<number>;
  countAll(): Promise<number>;
  /** Apps of the user that name a database which is not among these. */
  danglingApps(userId: string, databaseIds: readonly string[]): Promise<readonly string[]>;
}
