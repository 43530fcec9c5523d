// The connection budget of a database, with what its owner's limits say looked up.
import { connectionBudgetOf } from '../domain/connection-budget.js';
import type { DatabaseEntry } from '../domain/database-entry.js';
import { noUserLimits, type LimitValues } from '../domain/limits.js';
import type { ControlStores } from '../ports/control-database.js';

export interface ConnectionBudgetSource {
  readonly control: { readonly databases: Pick<ControlStores['databases'], 'limitsOf'> };
  /** What the platform's settings say, where neither the database nor its owner's limits do. */
  readonly platformLimits: LimitValues;
}

/** Null: there is none. */
export async function connectionBudget({ control, platformLimits }: ConnectionBudgetSource, userId: string, entry: Pick<DatabaseEntry, 'connection_budget'>): Promise<number | null> {
  const hasOwn = entry.connection_budget !== undefined && entry.connection_budget !== null;
  const limits = hasOwn ? undefined : await control.databases.limitsOf(userId);
  return connectionBudgetOf(entry, limits ?? noUserLimits, platformLimits);
}
