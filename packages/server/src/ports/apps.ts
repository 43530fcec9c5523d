// The apps of users, in the control database (R1.4, R9).
import type { AppRecord, AppStatus } from '../domain/app.js';

export interface AppListQuery {
  readonly limit: number;
  readonly offset: number;
  readonly databaseId?: string;
  readonly status?: AppStatus;
  /** Part of the name, in any case. */
  readonly search?: string;
}

export type AppChange = Partial<Omit<AppRecord, '_id' | 'user_id' | 'created_at'>>;

/** Another app of the user has this name. */
export class AppNameTaken extends Error {
  override readonly name = 'AppNameTaken';
}

/** The user has no active database of the id that an app was to be bound to. */
export class DatabaseNotBindable extends Error {
  override readonly name = 'DatabaseNotBindable';
}

/** Every write keeps `app_count` of the databases it concerns: the number of apps that name the database. */
export interface AppStore {
  /** Throws AppNameTaken, DatabaseNotBindable; LimitReached where the user has as many apps as they may (absent or null: any number). */
  insert(app: AppRecord, largestCount?: number | null): Promise<void>;
  /** One app of this user; a stranger's and an absent one are both undefined. */
  find(userId: string, appId: string): Promise<AppRecord | undefined>;
  list(userId: string, query: AppListQuery): Promise<{ readonly items: readonly AppRecord[]; readonly total: number }>;
  /** The record after the change; undefined: no such app. Throws AppNameTaken, DatabaseNotBindable. */
  change(userId: string, appId: string, change: AppChange): Promise<AppRecord | undefined>;
  remove(userId: string, appId: string): Promise<boolean>;
  /** The apps bound to this database by id; with null, those that use the user's default. */
  boundTo(userId: string, databaseId: string | null): Promise<readonly AppRecord[]>;
  /** Apps of all users that were deployed and not stopped, in the order of their ids after `afterAppId`: what a start takes up again. */
  pageOfDeployed(afterAppId: string | null, limit: number): Promise<readonly AppRecord[]>;
  /** Gives these apps another database (null: the default), if they have `from` now. */
  rebind(userId: string, appIds: readonly string[], from: string | null, to: string | null): Promise<void>;
}
