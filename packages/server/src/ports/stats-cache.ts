// Sizes of databases that were measured a short while ago (R6.1), and who is measuring at the moment.
import type { CollectionSize, DatabaseSize } from './cluster.js';

export interface DatabaseStats {
  readonly takenAt: Date;
  readonly size: DatabaseSize;
  readonly collections: readonly CollectionSize[];
  /** Null: the cluster did not say. */
  readonly connections: number | null;
}

/** Nothing in it is needed: a cache that has lost everything costs another measurement. */
export interface StatsCache {
  get(databaseId: string): Promise<DatabaseStats | undefined>;
  put(databaseId: string, stats: DatabaseStats, keepMilliseconds: number): Promise<void>;
  /** True for one asker, until it releases the claim or its time is over. */
  claim(databaseId: string, forMilliseconds: number): Promise<boolean>;
  release(databaseId: string): Promise<void>;
}
