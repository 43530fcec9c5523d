// A difference that was found, how it is mended, and what the reconciler reaches the world through.
import type { DriftKind } from '@freehold/api';
import type { DatabaseEntry, DatabaseOwner } from '../domain/database-entry.js';
import type { Journal } from '../journal/journal.js';
import type { DatabaseOperations } from '../operations/index.js';
import type { AppRedeployer } from '../ports/app-redeployer.js';
import type { Clock } from '../ports/clock.js';
import type { ClusterDirectory } from '../ports/cluster.js';
import type { ControlDatabase } from '../ports/control-database.js';
import type { ControlIndexes } from '../ports/control-indexes.js';
import type { DriftReads } from '../ports/drift-reads.js';
import type { EventSink } from '../ports/events.js';
import { TransientFailure } from '../ports/failures.js';
import { DatabaseLocked } from '../ports/operations.js';
import type { DriftSubject, ReconcilePage, ReconcileRunRecord, ReconcileRunStore } from '../ports/reconcile-runs.js';
import type { SharedWalks } from '../ports/shared-walks.js';

export interface ReconcilerDependencies {
  readonly control: ControlDatabase;
  readonly clusters: ClusterDirectory;
  readonly reads: DriftReads;
  readonly runs: ReconcileRunStore;
  readonly indexes: ControlIndexes;
  readonly walks: SharedWalks;
  readonly journal: Journal;
  readonly operations: Pick<DatabaseOperations, 'database.repair' | 'database.purge'>;
  readonly redeployer: AppRedeployer;
  readonly events: EventSink;
  readonly clock: Clock;
  /** Names this replica in leases. */
  readonly owner: string;
  readonly leaseMilliseconds: number;
  /** Writes the level that a database is to have by its recorded size, with all that belongs to it. */
  settleQuotaLevel(owner: DatabaseOwner, entry: DatabaseEntry): Promise<void>;
}

export interface Finding {
  readonly kind: DriftKind;
  readonly subject: Partial<DriftSubject>;
  /** What is written, and what was found; never a secret. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Looks again before it changes anything. False: it could not be mended, or there was nothing to mend any more. Absent: only a person can tell what is right. */
  readonly mend?: () => Promise<boolean>;
}

/** One page of a run. */
export interface PageWork {
  readonly run: ReconcileRunRecord;
  readonly page: ReconcilePage;
  readonly signal: AbortSignal;
  readonly tally: MutableTally;
}

/** What a page has looked at so far. */
export interface MutableTally {
  databases: number;
  apps: number;
  mongoUsers: number;
  undecided: number;
  readonly databasesByCluster: Record<string, number>;
  readonly foreignUsersByCluster: Record<string, number>;
  readonly unreachable: Set<string>;
}

export function newTally(): MutableTally {
  return { databases: 0, apps: 0, mongoUsers: 0, undecided: 0, databasesByCluster: {}, foreignUsersByCluster: {}, unreachable: new Set() };
}

/** How long something that passes by itself is given before it counts as a difference. */
export const grace = { operationMs: 600_000, orphanMs: 60_000, purgeMs: 3_600_000, expiryMs: 3_600_000, sizesMs: 3_600_000 } as const;

const checksAtOnce = 8;

/** Runs the work over the items with a bound on how many are under way. */
export async function eachOf<Item>(items: Iterable<Item>, work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = waiting.next(); next.done !== true; next = waiting.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: checksAtOnce }, worker));
}

/** Whether it was mended: what stands in the way now is left to the next run. */
async function isMendedBy(mend: () => Promise<boolean>): Promise<boolean> {
  try {
    return await mend();
  } catch (error) {
    // An operation began meanwhile, which knows better, or a cluster went away.
    if (error instanceof DatabaseLocked || error instanceof TransientFailure) return false;
    throw error;
  }
}

/** Mends what was found, unless the run is a dry one, writes it down and tells it. */
export async function settleFinding({ runs, events, clock }: ReconcilerDependencies, { run, page }: PageWork, { kind, subject, details, mend }: Finding): Promise<void> {
  const isMended = !run.isDryRun && mend !== undefined && (await isMendedBy(mend));
  const whole: DriftSubject = { clusterId: null, userId: null, databaseId: null, username: null, appId: null, operationId: null, ...subject };
  await runs.record(page, { ...whole, kind, details, isMended, at: clock.now() });
  // What a dry run finds is for whoever asked for it: nobody is to be woken by it.
  if (!run.isDryRun) events.emit({ name: 'reconciler.drift', drift: kind, clusterId: whole.clusterId, userId: whole.userId, databaseId: whole.databaseId, username: whole.username, isMended });
}
