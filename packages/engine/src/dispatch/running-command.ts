// The context of one running command: its units of reading and writing, and the means to stop it.
import type { RawDocument } from '../bson/raw-value.js';
import type { ReadUnit, WriteUnit } from '../storage/units.js';
import type { KeptSnapshot } from '../transactions/snapshot-reads.js';
import type { CommandContext, RetryableStatements } from './context.js';
import type { Connection } from './connection.js';
import type { ReadConcern } from './read-concern.js';
import type { RunningOperation } from './operations.js';
import type { CommandServices } from './services.js';

/** Where a command reads and writes: the latest state, or its transaction. */
export interface UnitAccess {
  read<T>(work: (unit: ReadUnit) => T): T;
  /** `checkInterrupt` ends a wait for somebody else's transaction by throwing. */
  write<T>(work: (unit: WriteUnit) => T, checkInterrupt?: () => void): Promise<T>;
}

export interface RunningCommandParts {
  readonly database: string;
  readonly body: RawDocument;
  readonly connection: Connection;
  readonly services: CommandServices;
  readonly operation: RunningOperation;
  readonly units: UnitAccess;
  readonly inTransaction: boolean;
  readonly retryable: RetryableStatements | undefined;
  readonly readConcern: ReadConcern | undefined;
  readonly snapshot: KeptSnapshot | undefined;
}

export class RunningCommand implements CommandContext {
  readonly database: string;
  readonly body: RawDocument;
  readonly connection: Connection;
  readonly services: CommandServices;
  readonly operation: RunningOperation;
  readonly inTransaction: boolean;
  readonly retryable: RetryableStatements | undefined;
  readonly readConcern: ReadConcern | undefined;
  readonly snapshot: KeptSnapshot | undefined;
  private readonly units: UnitAccess;

  constructor(private readonly parts: RunningCommandParts) {
    this.database = parts.database;
    this.body = parts.body;
    this.connection = parts.connection;
    this.services = parts.services;
    this.operation = parts.operation;
    this.inTransaction = parts.inTransaction;
    this.retryable = parts.retryable;
    this.readConcern = parts.readConcern;
    this.snapshot = parts.snapshot;
    this.units = parts.units;
  }

  get sessionKey(): string | undefined {
    return this.operation.sessionKey;
  }

  get deadline_ms(): number | undefined {
    return this.operation.deadline_ms;
  }

  read<T>(work: (unit: ReadUnit) => T): T {
    return this.units.read(work);
  }

  async write<T>(work: (unit: WriteUnit) => T): Promise<T> {
    this.checkInterrupt();
    const result = await this.units.write(work, () => this.checkInterrupt());
    // Whatever is written to `admin` may be users or roles (restores do that): what is cached of them is read anew.
    if (this.database === 'admin') this.services.users.forgetAll();
    return result;
  }

  onDatabase(database: string): RunningCommand {
    return new RunningCommand({ ...this.parts, database });
  }

  checkInterrupt(): void {
    this.services.operations.check(this.operation);
  }
}

/** Reads from a snapshot of now, writes in the next group commit. */
export class LatestUnits implements UnitAccess {
  constructor(private readonly services: CommandServices) {}

  read<T>(work: (unit: ReadUnit) => T): T {
    const snapshot = this.services.storage.openSnapshot();
    try {
      return work(snapshot);
    } finally {
      snapshot.close();
    }
  }

  write<T>(work: (unit: WriteUnit) => T, checkInterrupt?: () => void): Promise<T> {
    return this.services.storage.write(work, checkInterrupt);
  }
}
