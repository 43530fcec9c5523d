// An operation: a change of more than one step, written down before it happens, so that it is finished or undone whatever
// falls over meanwhile (design, section 5).
import { z } from 'zod';

const operationKinds = ['database.create', 'database.delete', 'database.restore', 'database.rotate_credentials', 'database.revoke_previous', 'database.purge', 'database.repair', 'database.enforce_quota', 'database.set_suspension', 'database.move', 'database.move_back', 'database.end_move', 'legacy.migrate_user', 'legacy.rollback_user'] as const;
export const operationStates = ['running', 'undoing', 'succeeded', 'failed'] as const;
export const stepStates = ['pending', 'running', 'done', 'undoing', 'undone', 'failed'] as const;

const stepSchema = z.strictObject({
  name: z.string(),
  state: z.enum(stepStates),
  started_at: z.date().nullable(),
  finished_at: z.date().nullable(),
  attempts: z.number().int(),
  error_code: z.string().nullable(),
});

const leaseSchema = z.strictObject({
  owner: z.string(),
  /** Grows with each acquisition; every write of a runner is conditional on it. */
  fencing_token: z.number().int(),
  expires_at: z.date(),
});

/** How far an operation that moves data is; a total is null until it is known. */
export const operationProgressSchema = z.strictObject({
  bytes_done: z.number(), bytes_total: z.number().nullable(), documents_done: z.number(), documents_total: z.number().nullable(),
  /** Collections that may have to be read whole while writers are stopped. */
  copied_whole: z.array(z.string()).default([]),
});
export type OperationProgress = Readonly<z.infer<typeof operationProgressSchema>>;

// Not strict: during an upgrade, replicas of two versions read what the newer one writes.
export const operationRecordSchema = z.object({
  _id: z.string(),
  kind: z.enum(operationKinds),
  user_id: z.string(),
  database_id: z.string(),
  /** Parsed by the kind's own schema; a secret that a resume needs is here as an envelope of the keyring only (R2.5). */
  params: z.record(z.string(), z.unknown()),
  steps: z.array(stepSchema),
  state: z.enum(operationStates),
  /** `database:<id>`, of every database it is at work on, while the operation is open, absent after: a unique index lets one operation run on a database. */
  lock: z.union([z.string(), z.array(z.string())]).optional(),
  /** Where a long step goes on after an interruption; each kind parses its own. */
  checkpoint: z.record(z.string(), z.unknown()).optional(),
  progress: operationProgressSchema.optional(),
  /** When a long step last got on. */
  noted_at: z.date().optional(),
  lease: leaseSchema,
  result: z.record(z.string(), z.unknown()).nullable(),
  error_code: z.string().nullable(),
  created_at: z.date(),
  updated_at: z.date(),
  /** The span that began it (W3C Trace Context), so that every replica's runs are in its trace. */
  traceparent: z.string().optional(),
});

export type OperationRecord = Readonly<z.infer<typeof operationRecordSchema>>;
export type OperationKind = OperationRecord['kind'];
export type OperationState = OperationRecord['state'];
export type OperationStep = Readonly<z.infer<typeof stepSchema>>;

/** Why an operation was taken back, where its owner is to know: the code is the operation's, and `details`, without secrets, its result. */
export class OperationAborted extends Error {
  override readonly name = 'OperationAborted';

  constructor(readonly code: 'ROTATION_ABORTED' | 'MOVE_REFUSED', message: string, readonly details: Readonly<Record<string, unknown>>) {
    super(message);
  }
}

/** The lock of a database. */
export function databaseLock(databaseId: string): string {
  return `database:${databaseId}`;
}

/** Whether nothing more will happen to an operation. */
export function isClosed(state: OperationState): boolean {
  return state === 'succeeded' || state === 'failed';
}
