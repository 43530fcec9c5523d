// Where the journal is kept.
import type { OperationKind, OperationRecord } from '../domain/operation.js';

/** Somebody else holds the lease now: whoever gets this stops at once and writes nothing more. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

/** An operation is open on the database (R4.5: OPERATION_IN_PROGRESS). */
export class DatabaseLocked extends Error {
  override readonly name = 'DatabaseLocked';

  constructor(readonly operationId: string | null) {
    super('another operation is open on the database');
  }
}

/** Who runs an operation, as the lease says. */
export interface LeaseHolder {
  readonly operationId: string;
  readonly owner: string;
  readonly fencingToken: number;
}

export type OperationChange = Partial<Pick<OperationRecord, 'steps' | 'state' | 'result' | 'error_code' | 'checkpoint' | 'progress' | 'noted_at'>> & {
  readonly updated_at: Date;
  readonly leaseExpiresAt: Date;
  /** Takes the lock off: the operation is closed. */
  readonly unlock?: boolean;
};

export interface OperationStore {
  /** Throws DatabaseLocked where one is open on the same database. */
  insert(record: OperationRecord): Promise<void>;
  find(operationId: string): Promise<OperationRecord | undefined>;
  /** Those of the ids that exist, in no order. */
  findMany(operationIds: readonly string[]): Promise<readonly OperationRecord[]>;
  /** The open operation of a database, if there is one. */
  openOn(databaseId: string): Promise<OperationRecord | undefined>;
  /** Takes over an open operation whose lease has run out; the fencing token grows. Undefined: it is held, closed or absent. */
  acquire(operationId: string, owner: string, now: Date, expiresAt: Date): Promise<OperationRecord | undefined>;
  /** Conditional on the fencing token. Throws LeaseLost. */
  write(holder: LeaseHolder, change: OperationChange): Promise<void>;
  /** Open operations whose lease has run out, the longest abandoned first. */
  abandoned(now: Date, limit: number): Promise<readonly string[]>;
  countOpen(kind: OperationKind): Promise<number>;
}
