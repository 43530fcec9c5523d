// Ends replaced credentials before their grace time is over, where there is evidence that nobody needs them: the apps of the platform
// that use the database all run with the new one, and no connection of the old one was open at two looks, some time apart. Where a
// cluster does not show its connections, and where no app is known, the grace time is kept to its end.
import { platformOrigin } from '../domain/audit-origin.js';
import { DatabaseAbsent, DatabaseInWrongStatus } from '../domain/database-status.js';
import type { Journal } from '../journal/journal.js';
import { allAppsMoved } from '../operations/database-revoke-previous.js';
import type { DatabaseOperations } from '../operations/index.js';
import type { Clock } from '../ports/clock.js';
import type { ClusterDirectory } from '../ports/cluster.js';
import type { ControlDatabase } from '../ports/control-database.js';
import { PermanentFailure } from '../ports/failures.js';
import { DatabaseLocked } from '../ports/operations.js';
import type { ScheduledJob } from '../ports/schedule.js';
import type { Job } from './job.js';

export interface RevokeUnusedDependencies {
  readonly control: ControlDatabase;
  readonly clusters: ClusterDirectory;
  readonly clock: Pick<Clock, 'now'>;
  readonly journal: Journal;
  readonly operations: Pick<DatabaseOperations, 'database.revoke_previous'>;
}

const kind = 'database.revoke_previous';
const jobsPerPage = 200;
/** A run looks at so many at most; the next one goes on where it ended. */
const largestRun = 2000;
/** Between the two looks: longer than an app that connects anew for each request stays away. */
export const quietMilliseconds = 60_000;

/** A replaced credential that no app has any more. */
interface Candidate {
  readonly job: ScheduledJob;
  readonly username: string;
  readonly clusterId: string;
}

async function candidateOf({ control }: RevokeUnusedDependencies, job: ScheduledJob): Promise<Candidate | undefined> {
  const database = await control.databases.find(job.userId, job.databaseId);
  if (database === undefined || job.username === null) return undefined;
  if (!(await allAppsMoved(control, job.userId, database.entry))) return undefined;
  return { job, username: job.username, clusterId: database.entry.cluster_id };
}

async function revoke({ journal, operations }: RevokeUnusedDependencies, { userId, databaseId }: ScheduledJob): Promise<void> {
  try {
    await journal.run(operations[kind], { userId, databaseId, params: { origin: platformOrigin('schedule'), reason: 'unused', found: null } });
  } catch (error) {
    // Rotated again, deleted or redeployed meanwhile: the next run looks again.
    if (!(error instanceof DatabaseLocked) && !(error instanceof DatabaseAbsent) && !(error instanceof DatabaseInWrongStatus)) throw error;
  }
}

/** Looks at one candidate: in use, quiet since now, or quiet for long enough. */
async function look(dependencies: RevokeUnusedDependencies, job: ScheduledJob, isQuiet: boolean): Promise<void> {
  const now = dependencies.clock.now();
  if (!isQuiet) {
    if (job.quietSince !== undefined) await dependencies.control.schedule.noteQuiet(job, null);
    return;
  }
  if (job.quietSince === undefined) await dependencies.control.schedule.noteQuiet(job, now);
  else if (now.getTime() - job.quietSince.getTime() >= quietMilliseconds) await revoke(dependencies, job);
}

/** Undefined: the cluster does not say. */
async function openConnections({ clusters }: RevokeUnusedDependencies, clusterId: string, usernames: readonly string[]): Promise<ReadonlyMap<string, number> | undefined> {
  try {
    return await (await clusters.cluster(clusterId)).connectionsByUser(usernames);
  } catch (error) {
    if (error instanceof PermanentFailure) return undefined;
    throw error;
  }
}

async function lookAtPage(dependencies: RevokeUnusedDependencies, jobs: readonly ScheduledJob[], failures: unknown[]): Promise<void> {
  const byCluster = new Map<string, Candidate[]>();
  for (const job of jobs) {
    // One after the other: nobody waits.
    const candidate = await candidateOf(dependencies, job);
    if (candidate === undefined) await look(dependencies, job, false);
    else byCluster.set(candidate.clusterId, [...byCluster.get(candidate.clusterId) ?? [], candidate]);
  }
  for (const [clusterId, candidates] of byCluster) {
    try {
      const open = await openConnections(dependencies, clusterId, candidates.map(({ username }) => username));
      for (const { job, username } of candidates) await look(dependencies, job, open !== undefined && !open.has(username));
    } catch (error) {
      // A cluster that does not answer stops no other.
      failures.push(error);
    }
  }
}

export function revokeUnusedCredentials(dependencies: RevokeUnusedDependencies): Job {
  const { control, clock } = dependencies;
  let after: string | null = null;
  return {
    name: 'revoke_unused_credentials',
    everyMilliseconds: 30_000,
    run: async (signal) => {
      const failures: unknown[] = [];
      for (let looked = 0; looked < largestRun && !signal.aborted;) {
        // Page after page: each begins where the last one ended.
        const page: readonly ScheduledJob[] = await control.schedule.pending(kind, clock.now(), after, jobsPerPage);
        after = page.at(-1)?.databaseId ?? null;
        if (page.length === 0) break;
        await lookAtPage(dependencies, page, failures);
        looked += page.length;
      }
      if (failures.length > 0) throw new AggregateError(failures, `the connections of ${failures.length} clusters could not be counted`);
    },
  };
}
