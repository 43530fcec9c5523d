// What a running command may reach: its connection, its session and transaction, storage, cursors and the clock.
import type { RawDocument } from '../bson/raw-value.js';
import type { WriteUnit } from '../storage/units.js';
import type { KeptSnapshot } from '../transactions/snapshot-reads.js';
import type { CommandServices } from './services.js';
import type { Connection } from './connection.js';
import type { ReadConcern } from './read-concern.js';
import type { ReadingContext } from './reading-context.js';
import type { RunningOperation } from './operations.js';
import type { RetryableStatements } from './retryable-statements.js';

export type { RetryableStatements };

export interface CommandContext extends ReadingContext {
  readonly database: string;
  /** The whole command as it came, for `explain`, `currentOp` and logs (redact before logging). */
  readonly body: RawDocument;
  readonly connection: Connection;
  readonly services: CommandServices;
  /** The operation as `currentOp` shows it. */
  readonly operation: RunningOperation;
  /** Identifies the logical session: the 16 bytes of `lsid.id` as hex plus the user's digest; undefined without `lsid`. */
  readonly sessionKey: string | undefined;
  /** Set while the command runs in a multi-document transaction. */
  readonly inTransaction: boolean;
  /** Set for retryable writes outside transactions. */
  readonly retryable: RetryableStatements | undefined;
  /** The state that the command reads instead of the latest one. */
  readonly snapshot: KeptSnapshot | undefined;
  /** What the command asked for; undefined: nothing. */
  readonly readConcern: ReadConcern | undefined;
  /** Milliseconds since the epoch at which `maxTimeMS` runs out; undefined without a limit. */
  readonly deadline_ms: number | undefined;

  /**
   * Writes in the transaction, or in the next group commit; resolves when durable. `work` is synchronous; a throw undoes
   * what it did. Outside transactions it may run twice (see Storage.write), so it must not keep state of its first run.
   */
  write<T>(work: (unit: WriteUnit) => T): Promise<T>;
  /** The same operation, for what it does to another database. */
  onDatabase(database: string): CommandContext;
}
