// Runs over legacy users, shared by replicas: each takes pages of users under a lease, and what became of a user is written once.
import type { LegacyFindingCode, LegacyOutcome, LegacyRunMode, LegacyRunState } from '@freehold/api';
import type { GrantedRole } from '../domain/credential-plan.js';
import type { NextUsers } from './legacy-user-pages.js';
import type { AppFix } from './legacy-users.js';

export interface LegacyRunOptions {
  readonly concurrency: number;
  readonly userIds: readonly string[] | null;
  readonly limit: number | null;
  readonly cipher: string | null;
  /** Where users are brought from; null: they are here. */
  readonly source: string | null;
  readonly allowPlain: boolean;
  readonly extraRoles: 'refuse' | 'remove';
  readonly ofRunId: string | null;
  readonly samplePercent: number | null;
  readonly repair: boolean;
}

export type Tally<Name extends string> = Readonly<Partial<Record<Name, number>>>;

export interface LegacyRunRecord {
  readonly id: string;
  readonly mode: LegacyRunMode;
  readonly state: LegacyRunState;
  readonly pauseReason: string | null;
  readonly options: LegacyRunOptions;
  readonly total: number;
  readonly done: number;
  readonly outcomes: Tally<LegacyOutcome>;
  readonly findings: Tally<LegacyFindingCode>;
  /** The account that started it. */
  readonly startedBy: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly endedAt: Date | null;
}

export interface LegacyFinding {
  readonly code: LegacyFindingCode;
  /** Names and ids, never secrets. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** What a rollback needs to know of a migration. */
export interface LegacyBefore {
  /** The earlier document, in an envelope of the keyring: it may hold a password that is not encrypted. */
  readonly document: string;
  readonly roles: readonly GrantedRole[];
  /** What the migration wrote, to see what has changed since. */
  readonly adopted: { readonly mongo_username: string; readonly mongo_database: string; readonly cluster_id: string; readonly description: string | null };
  readonly appFixes: readonly AppFix[];
  /** The user and these apps were brought from another control database: put back, they are there alone. Null: they have always been here. */
  readonly brought: { readonly source: string; readonly appIds: readonly unknown[] } | null;
}

export interface LegacyLogRecord {
  readonly runId: string;
  /** Null: about the platform. */
  readonly userId: string | null;
  readonly outcome: LegacyOutcome;
  readonly findings: readonly LegacyFinding[];
  readonly databaseId: string | null;
  readonly mongoDatabase: string | null;
  readonly operationId: string | null;
  readonly at: Date;
  readonly before: LegacyBefore | null;
  readonly rolledBackBy: string | null;
}

/** An entry of the log in short. */
export interface LegacyOutcomeRecord {
  readonly userId: string | null;
  readonly outcome: LegacyOutcome;
  readonly findingCodes: readonly LegacyFindingCode[];
}

export interface LegacyPage {
  readonly runId: string;
  readonly sequence: number;
  readonly userIds: readonly string[];
  readonly owner: string;
}

export interface LegacyLogFilter {
  readonly outcome?: LegacyOutcome;
  readonly finding?: LegacyFindingCode;
  readonly userId?: string;
}

export interface LegacyLease {
  readonly owner: string;
  readonly now: Date;
  readonly expiresAt: Date;
}

/** A run that changes users is running already: there is one at a time. */
export class LegacyRunRunning extends Error {
  override readonly name = 'LegacyRunRunning';
}

export interface LegacyRunStore {
  /** False: there is one with this id. Throws LegacyRunRunning. */
  insert(run: LegacyRunRecord): Promise<boolean>;
  find(runId: string): Promise<LegacyRunRecord | undefined>;
  /** The newest first. */
  list(page: { readonly limit: number; readonly offset: number }): Promise<{ readonly items: readonly LegacyRunRecord[]; readonly total: number }>;
  inState(state: LegacyRunState): Promise<readonly LegacyRunRecord[]>;
  /** False: it is in another state than `from`. Throws LegacyRunRunning. */
  changeState(runId: string, from: LegacyRunState, to: LegacyRunState, pauseReason: string | null, at: Date): Promise<boolean>;
  /**
   * A page that another replica has left, or the next one; `find` is asked for its users with the cursor of the run. Undefined: all pages are
   * taken, by others perhaps. A page without users stands at the end of every run, for what is done once.
   */
  takePage(runId: string, lease: LegacyLease, find: (cursor: string | null) => Promise<NextUsers>): Promise<LegacyPage | undefined>;
  /** False: another replica has it now. */
  renewPage(page: LegacyPage, expiresAt: Date): Promise<boolean>;
  /** Lets any replica take it at once. */
  releasePage(page: LegacyPage): Promise<void>;
  /** Counts what became of its users, once. */
  finishPage(page: LegacyPage, at: Date): Promise<void>;
  /** Ends the run if all its pages are done. */
  endIfDone(runId: string, at: Date): Promise<boolean>;
}

/** Part of the control stores: what became of a user is written together with it. */
export interface LegacyLog {
  /** One for each user and run: writing again replaces it. */
  record(entry: LegacyLogRecord): Promise<void>;
  /** The same, for what is known of a user from outside: what an operation has written with its own change (and what a rollback needs) stays. False: it was there. */
  note(entry: LegacyLogRecord): Promise<boolean>;
  find(runId: string, userId: string | null): Promise<LegacyLogRecord | undefined>;
  /** Of these users, those whose outcome in the run is final. */
  finished(runId: string, userIds: readonly string[]): Promise<ReadonlySet<string>>;
  page(runId: string, filter: LegacyLogFilter, page: { readonly limit: number; readonly offset: number }): Promise<{ readonly items: readonly LegacyLogRecord[]; readonly total: number }>;
  /** In the order of user ids, after one: for whoever reads all of it. */
  after(runId: string, filter: LegacyLogFilter, afterUserId: string | null, limit: number): Promise<readonly LegacyLogRecord[]>;
  count(runId: string, filter: LegacyLogFilter): Promise<number>;
  /** Writes the entry of a rollback, and notes it in the entry of the run that had migrated the user. */
  recordRollback(migratedBy: string, entry: LegacyLogRecord): Promise<void>;
  /** Writes several entries as `record` does; not one atomic change. */
  recordAll(entries: readonly LegacyLogRecord[]): Promise<void>;
  /** What became of these users, and what was found; of those who have no entry yet, nothing. */
  outcomesOf(runId: string, userIds: readonly (string | null)[]): Promise<readonly LegacyOutcomeRecord[]>;
  /** Users whom the run has migrated and nobody has put back, in the order of their ids, after one. */
  migratedBy(runId: string, afterUserId: string | null, limit: number): Promise<NextUsers>;
  /** Outcomes and findings counted from the entries themselves. */
  tally(runId: string): Promise<{ readonly outcomes: Tally<LegacyOutcome>; readonly findings: Tally<LegacyFindingCode> }>;
}
