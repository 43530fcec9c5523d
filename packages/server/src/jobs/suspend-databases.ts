// Has the rights taken from the databases of accounts that are disabled with them, and given back when the account is enabled again.
import type { DatabaseEntry, DatabaseOwner } from '../domain/database-entry.js';
import { DatabaseAbsent, DatabaseInWrongStatus } from '../domain/database-status.js';
import type { Journal } from '../journal/journal.js';
import { SuspensionUnchanged } from '../operations/database-set-suspension.js';
import type { DatabaseOperations } from '../operations/index.js';
import type { ControlStores } from '../ports/control-database.js';
import { DatabaseLocked, LeaseLost } from '../ports/operations.js';
import type { Job } from './job.js';

export interface SuspendDatabasesDependencies {
  readonly control: Pick<ControlStores, 'databases'>;
  readonly journal: Journal;
  readonly operations: Pick<DatabaseOperations, 'database.set_suspension'>;
}

const ownersPerPage = 50;
const databasesAtOnce = 4;

/** Another replica, or another operation, was there first; or the database has gone. The next run looks again. */
const somebodyElses = [SuspensionUnchanged, DatabaseLocked, LeaseLost, DatabaseAbsent, DatabaseInWrongStatus];

async function settle({ journal, operations }: SuspendDatabasesDependencies, userId: string, databaseId: string): Promise<void> {
  try {
    const outcome = await journal.run(operations['database.set_suspension'], { userId, databaseId, params: { found: null } });
    if (outcome.state === 'failed') throw outcome.cause;
  } catch (error) {
    if (!somebodyElses.some((kind) => error instanceof kind)) throw error;
  }
}

function isDue({ areDatabasesSuspended = false }: DatabaseOwner, { status, is_suspended = false }: DatabaseEntry): boolean {
  return status === 'active' && is_suspended !== areDatabasesSuspended;
}

export function suspendDatabases(dependencies: SuspendDatabasesDependencies): Job {
  return {
    name: 'suspend_databases',
    everyMilliseconds: 15_000,
    run: async (signal) => {
      const failures: unknown[] = [];
      let after: string | null = null;
      while (!signal.aborted) {
        // Page after page: each begins where the last one ended.
        const owners: readonly DatabaseOwner[] = await dependencies.control.databases.pageOfOwnersWithSuspensions(after, ownersPerPage);
        if (owners.length === 0) break;
        after = owners.at(-1)!.userId;
        const waiting = owners.flatMap((owner) => owner.databases.filter((entry) => isDue(owner, entry)).map(({ id }) => [owner.userId, id] as const)).values();
        const worker = async (): Promise<void> => {
          for (const [userId, databaseId] of waiting) {
            if (signal.aborted) return;
            // One that fails stops no other.
            await settle(dependencies, userId, databaseId).catch((error: unknown) => failures.push(error));
          }
        };
        await Promise.all(Array.from({ length: databasesAtOnce }, worker));
      }
      if (failures.length > 0) throw new AggregateError(failures, `${failures.length} databases could not be suspended or resumed`);
    },
  };
}
