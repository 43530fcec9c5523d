// Purges databases whose seven days are over (R5.5).
import { platformOrigin } from '../domain/audit-origin.js';
import { DatabaseAbsent, DatabaseInWrongStatus } from '../domain/database-status.js';
import type { Journal } from '../journal/journal.js';
import type { DatabaseOperations } from '../operations/index.js';
import type { Clock } from '../ports/clock.js';
import type { ControlDatabase } from '../ports/control-database.js';
import { DatabaseLocked } from '../ports/operations.js';
import type { ScheduledJob } from '../ports/schedule.js';
import type { Job } from './job.js';

export interface PurgeDependencies {
  readonly control: ControlDatabase;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly operations: Pick<DatabaseOperations, 'database.purge'>;
}

const purgesPerRun = 100;

async function purge({ control, journal, operations }: PurgeDependencies, { userId, databaseId }: ScheduledJob): Promise<void> {
  try {
    await journal.run(operations['database.purge'], { userId, databaseId, params: { origin: platformOrigin('purge'), found: null } });
  } catch (error) {
    if (error instanceof DatabaseLocked) return; // Being restored, or purged by another replica: the next run sees how that ended.
    if (!(error instanceof DatabaseAbsent) && !(error instanceof DatabaseInWrongStatus)) throw error;
    await control.schedule.cancel('database.purge', databaseId); // Restored or purged already.
  }
}

export function purgeDeletedDatabases(dependencies: PurgeDependencies): Job {
  return {
    name: 'purge_deleted_databases',
    everyMilliseconds: 60_000,
    run: async (signal) => {
      for (const due of await dependencies.control.schedule.due(dependencies.clock.now(), purgesPerRun)) {
        if (signal.aborted) return;
        // One after the other: dropping databases is hard work for a cluster, and nobody waits.
        await purge(dependencies, due);
      }
    },
  };
}
