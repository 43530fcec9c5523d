// Runs of the reconciler, shared by replicas: each takes pages under a lease; what was found is written once, whoever found it.
import type { DriftKind, ReconcileRunState } from '@freehold/api';

export interface ReconcileScope {
  /** Null: all clusters. */
  readonly clusterId: string | null;
  /** Null: all users. */
  readonly userId: string | null;
}

/** What one page is about. `users`: MongoDB users of one cluster; `closing`: what can be said when all other pages are done. */
export type ReconcileStage =
  | { readonly kind: 'owners' }
  | { readonly kind: 'apps' }
  | { readonly kind: 'users'; readonly clusterId: string }
  | { readonly kind: 'platform' }
  | { readonly kind: 'closing' };

/** What a cluster's record said when the run began. */
export interface CountedCluster {
  readonly clusterId: string;
  readonly userCount: number;
  readonly foreignUserCount: number;
}

/** How many were looked at, by cluster where that matters. */
export interface ReconcileTally {
  readonly databases: number;
  readonly apps: number;
  readonly mongoUsers: number;
  readonly undecided: number;
  readonly databasesByCluster: Readonly<Record<string, number>>;
  readonly foreignUsersByCluster: Readonly<Record<string, number>>;
  readonly unreachableClusters: readonly string[];
}

export type DriftCounts = Readonly<Partial<Record<DriftKind, number>>>;

export interface ReconcileRunRecord extends ReconcileTally {
  readonly id: string;
  readonly isDryRun: boolean;
  readonly scope: ReconcileScope;
  readonly state: ReconcileRunState;
  readonly stages: readonly ReconcileStage[];
  readonly clusters: readonly CountedCluster[];
  readonly found: DriftCounts;
  readonly mended: DriftCounts;
  /** Null: the platform, by itself. */
  readonly startedBy: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly endedAt: Date | null;
}

export type NewReconcileRun = Pick<ReconcileRunRecord, 'id' | 'isDryRun' | 'scope' | 'stages' | 'clusters' | 'startedBy' | 'createdAt'>;

export interface ReconcilePage {
  readonly runId: string;
  readonly sequence: number;
  readonly stage: ReconcileStage;
  /** Ids of users or apps, or names of MongoDB users; none where the stage is one page. */
  readonly keys: readonly string[];
  readonly owner: string;
  /** How often it was taken, this time included. */
  readonly attempt: number;
}

/** What a difference is about; null: not about one. */
export interface DriftSubject {
  readonly clusterId: string | null;
  readonly userId: string | null;
  readonly databaseId: string | null;
  readonly username: string | null;
  readonly appId: string | null;
  readonly operationId: string | null;
}

export interface DriftRecord extends DriftSubject {
  readonly kind: DriftKind;
  /** Never a secret. */
  readonly details: Readonly<Record<string, unknown>>;
  readonly isMended: boolean;
  readonly at: Date;
}

export interface DriftFilter {
  readonly kind?: DriftKind;
  readonly isMended?: boolean;
}

export interface ReconcileLease {
  readonly owner: string;
  readonly now: Date;
  readonly expiresAt: Date;
}

/** The keys of the next page of a stage, in their order; none: the stage is at its end. */
export type KeysAfter = (stage: ReconcileStage, after: string | null) => Promise<readonly string[]>;

export interface ReconcileRunStore {
  /** The same id again changes nothing. False: it was there. */
  insert(run: NewReconcileRun): Promise<boolean>;
  find(runId: string): Promise<ReconcileRunRecord | undefined>;
  /** The newest first. */
  list(page: { readonly limit: number; readonly offset: number }): Promise<{ readonly items: readonly ReconcileRunRecord[]; readonly total: number }>;
  /** The oldest first. */
  running(): Promise<readonly ReconcileRunRecord[]>;
  /** The newest run that the platform began by itself: of all that are, or of those that are done. */
  latestByPlatform(state?: ReconcileRunState): Promise<ReconcileRunRecord | undefined>;
  /** A page that another replica has left, or the next one. Undefined: all pages are taken; the closing one is not given before all others are done. */
  takePage(runId: string, lease: ReconcileLease, keysAfter: KeysAfter): Promise<ReconcilePage | undefined>;
  /** False: another replica has it now. */
  renewPage(page: ReconcilePage, expiresAt: Date): Promise<boolean>;
  /** Lets any replica take it at once. */
  releasePage(page: ReconcilePage): Promise<void>;
  /** The same difference again replaces what is there; one that was mended stays so. */
  record(page: ReconcilePage, finding: DriftRecord): Promise<void>;
  /** Counts what it was about, and what was found, once. False: another replica has it now. */
  finishPage(page: ReconcilePage, tally: ReconcileTally, at: Date): Promise<boolean>;
  /** A cluster did not answer. */
  noteUnreachable(runId: string, clusterId: string): Promise<void>;
  /** Ends the run if all its pages are done. */
  endIfDone(runId: string, at: Date): Promise<boolean>;
  findings(runId: string, filter: DriftFilter, page: { readonly limit: number; readonly offset: number }): Promise<{ readonly items: readonly DriftRecord[]; readonly total: number }>;
}
