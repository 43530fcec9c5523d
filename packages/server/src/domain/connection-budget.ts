// How many connections a database is to have open: as many as its apps' pools may open together.
import type { DatabaseEntry } from './database-entry.js';
import { limitOf, type LimitValues, type UserLimits } from './limits.js';

/** What a connection URI says of the client's pool. */
export interface ClientPool {
  /** Shown with each connection in the server's log and in `$currentOp`. */
  readonly appName: string;
  /** Absent: as many as the driver likes. Drivers open as many to each server of a replica set. */
  readonly maxPoolSize?: number;
}

/** The budget of a database: its own, else as the limits of its owner say, else the platform's. Null, also for 0: none. */
export function connectionBudgetOf(entry: Pick<DatabaseEntry, 'connection_budget'>, limits: UserLimits, platform: LimitValues): number | null {
  const budget = entry.connection_budget ?? limitOf('connection_budget', limits, platform);
  return budget === null || budget <= 0 ? null : budget;
}

/** The pool of one of so many instances that share a budget; each has one connection at least. */
export function clientPool(databaseId: string, budget: number | null, instances: number): ClientPool {
  // Letters, digits, "_" and "-" only: no driver has to decode it, and it stays below the 128 bytes that MongoDB takes.
  const appName = `freehold-${databaseId}`;
  return budget === null ? { appName } : { appName, maxPoolSize: Math.max(1, Math.floor(budget / Math.max(1, instances))) };
}
