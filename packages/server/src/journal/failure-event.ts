// Tells the owner of an operation that it failed, in the transaction that closes it.
import type { OperationKind, OperationRecord } from '../domain/operation.js';
import type { ControlStores } from '../ports/control-database.js';

/** The code of an error as the journal and the logs keep it; the message may say more than they should. */
export function failureCode(error: unknown): string {
  if (error instanceof Error && 'code' in error && (typeof error.code === 'string' || typeof error.code === 'number')) return String(error.code);
  return error instanceof Error ? error.name : 'UNKNOWN';
}

/** What the platform does by itself: its failures are its operators' to see, and it tries again. */
const ownConcerns: ReadonlySet<OperationKind> = new Set<OperationKind>([
  'database.repair', 'database.enforce_quota', 'database.purge', 'database.revoke_previous', 'database.set_suspension', 'database.end_move', 'legacy.migrate_user', 'legacy.rollback_user',
]);

export async function recordFailureEvent(stores: Pick<ControlStores, 'outbox'>, record: OperationRecord, errorCode: string | null, at: Date): Promise<void> {
  // An aborted rotation has an event of its own.
  if (ownConcerns.has(record.kind) || errorCode === 'ROTATION_ABORTED') return;
  const { _id: operation_id, kind, user_id: userId, database_id } = record;
  await stores.outbox.record({ userId, type: 'operation.failed', at, operationId: operation_id, data: { operation_id, kind, database_id, error_code: errorCode } });
}
