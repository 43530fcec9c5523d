// Runs what is scheduled for a time that has come: purges of deleted databases (R5.5), ends of replaced credentials, and of the time in which
// moves can be taken back.
import { platformOrigin } from '../domain/audit-origin.js';
import { DatabaseAbsent, DatabaseInWrongStatus } from '../domain/database-status.js';
import { MoveNotReversible } from '../domain/move.js';
import type { Journal } from '../journal/journal.js';
import type { Outcome } from '../journal/operation-run.js';
import type { DatabaseOperations } from '../operations/index.js';
import type { Clock } from '../ports/clock.js';
import type { ControlDatabase } from '../ports/control-database.js';
import { DatabaseLocked } from '../ports/operations.js';
import type { ScheduledJob, ScheduledKind } from '../ports/schedule.js';
import type { Job } from './job.js';

export interface ScheduledDependencies {
  readonly control: ControlDatabase;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly operations: Pick<DatabaseOperations, ScheduledKind>;
}

const jobsPerRun = 100;
/** So that what waits for a cluster does not hold up what is due elsewhere: those that are longest due come first. */
const postponedWhileItWaits_ms = 300_000;
const postponedWhileLocked_ms = 60_000;

function runners({ journal, operations }: ScheduledDependencies): Readonly<Record<ScheduledKind, (job: ScheduledJob) => Promise<Outcome>>> {
  const params = { origin: platformOrigin('schedule'), found: null };
  return {
    'database.purge': ({ userId, databaseId }) => journal.run(operations['database.purge'], { userId, databaseId, params }),
    'database.revoke_previous': ({ userId, databaseId }) => journal.run(operations['database.revoke_previous'], { userId, databaseId, params: { ...params, reason: 'grace_over' } }),
    'database.end_move': ({ userId, databaseId }) => journal.run(operations['database.end_move'], { userId, databaseId, params: { ...params, is_early: false } }),
  };
}

async function run(dependencies: ScheduledDependencies, job: ScheduledJob): Promise<void> {
  const { clock, control } = dependencies;
  const postpone = (milliseconds: number): Promise<void> => control.schedule.postpone(job, new Date(clock.now().getTime() + milliseconds));
  try {
    const outcome = await runners(dependencies)[job.kind](job);
    // The operation goes on by itself, and takes the job away when it ends.
    if (outcome.state === 'suspended') await postpone(postponedWhileItWaits_ms);
  } catch (error) {
    // Another operation is at work: a later run sees how that ended.
    if (error instanceof DatabaseLocked) return postpone(postponedWhileLocked_ms);
    if (!(error instanceof DatabaseAbsent) && !(error instanceof DatabaseInWrongStatus) && !(error instanceof MoveNotReversible)) throw error;
    // There is nothing to do any more: restored, purged or rotated again meanwhile. A job that was moved stays.
    const current = await control.schedule.find(job.kind, job.databaseId);
    if (current !== undefined && current.runAt <= clock.now()) await control.schedule.cancel(job.kind, job.databaseId);
  }
}

export function runScheduled(dependencies: ScheduledDependencies): Job {
  return {
    name: 'run_scheduled',
    everyMilliseconds: 5_000,
    run: async (signal) => {
      const failures: unknown[] = [];
      for (const job of await dependencies.control.schedule.due(dependencies.clock.now(), jobsPerRun)) {
        if (signal.aborted) return;
        // One after the other: dropping databases is hard work for a cluster, and nobody waits. One that fails stops no other.
        await run(dependencies, job).catch((error: unknown) => failures.push(error));
      }
      if (failures.length > 0) throw new AggregateError(failures, `${failures.length} scheduled jobs could not be run`);
    },
  };
}
