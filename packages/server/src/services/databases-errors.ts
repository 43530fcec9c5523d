// What callers of the API are told when the domain, a store or a cluster refuses.
import { ApiError } from '@freehold/api';
import { ConfirmTokenRefused } from '../domain/confirm-token.js';
import { DatabaseAbsent, DatabaseInWrongStatus } from '../domain/database-status.js';
import { DeletionRefused } from '../domain/deletion.js';
import { MoveNotReversible, MoveRefused } from '../domain/move.js';
import { OperationAborted } from '../domain/operation.js';
import { quotaDetails, QuotaExceeded } from '../domain/quota.js';
import type { Outcome } from '../journal/operation-run.js';
import { DatabaseNameTaken, UserAbsent } from '../ports/databases.js';
import { HeldUp, isUnreachable, PermanentFailure, TransientFailure } from '../ports/failures.js';
import { DatabaseLocked, LeaseLost, type OperationStore } from '../ports/operations.js';

const retryAfterSeconds = 5;

function deletionError({ decision }: DeletionRefused, databaseId: string): ApiError {
  switch (decision.kind) {
    case 'not_deletable':
      return new ApiError('DATABASE_NOT_ACTIVE', { database_id: databaseId, status: decision.status });
    case 'in_use':
      return new ApiError('DATABASE_IN_USE', { database_id: databaseId, apps: decision.apps.map(({ id, name, status }) => ({ id, name, status })) });
    case 'default_required':
      return new ApiError('DEFAULT_DATABASE_REQUIRED', { database_id: databaseId, candidates: decision.candidates });
    case 'target_unusable':
      return new ApiError('DATABASE_NOT_FOUND', { database_id: decision.targetDatabaseId });
  }
}

/** How many is a limit, how much is a quota. */
function quotaError({ decision }: QuotaExceeded, details: Readonly<Record<string, unknown>>): ApiError {
  if (decision.quota !== 'database_count') return new ApiError('QUOTA_EXCEEDED', { ...details, ...quotaDetails(decision) });
  return new ApiError('LIMIT_REACHED', { limit: 'max_databases', allowed: decision.limit, used: decision.used });
}

/** Our own database, and not the cluster of the caller's. */
function serviceError(error: unknown, details: Readonly<Record<string, unknown>>): ApiError {
  return new ApiError('SERVICE_UNAVAILABLE', { ...details, retry_after_seconds: retryAfterSeconds }, { cause: error });
}

function clusterError(error: TransientFailure | PermanentFailure, details: Readonly<Record<string, unknown>>): ApiError {
  // A refusal is not the caller's doing either: the operator sees its code in the operation and in the log.
  const code = error instanceof TransientFailure ? 'CLUSTER_UNAVAILABLE' : 'INTERNAL_ERROR';
  return new ApiError(code, error instanceof TransientFailure ? { ...details, retry_after_seconds: retryAfterSeconds } : details, { cause: error });
}

/** The error to answer with; what is not known here is returned as it is, and becomes an internal error. */
export function asApiError(error: unknown, databaseId: string | null): unknown {
  const details = databaseId === null ? {} : { database_id: databaseId };
  if (error instanceof DatabaseAbsent) return new ApiError('DATABASE_NOT_FOUND', details);
  if (error instanceof DatabaseInWrongStatus) return new ApiError('DATABASE_NOT_ACTIVE', { ...details, status: error.status });
  if (error instanceof MoveRefused) return new ApiError('MOVE_REFUSED', { ...details, reason: error.reason, ...error.details });
  if (error instanceof MoveNotReversible) return new ApiError('MOVE_NOT_REVERSIBLE', { ...details, reason: error.reason });
  if (error instanceof DatabaseNameTaken) return new ApiError('DATABASE_NAME_TAKEN');
  if (error instanceof ConfirmTokenRefused) return new ApiError('CONFIRM_TOKEN_INVALID', details);
  if (error instanceof QuotaExceeded) return quotaError(error, details);
  if (error instanceof DeletionRefused) return deletionError(error, databaseId ?? '');
  if (error instanceof DatabaseLocked || error instanceof LeaseLost) return new ApiError('OPERATION_IN_PROGRESS', details);
  // The account was removed while its session was alive.
  if (error instanceof UserAbsent) return new ApiError('UNAUTHENTICATED');
  if (error instanceof HeldUp) return serviceError(error, details);
  if (error instanceof TransientFailure || error instanceof PermanentFailure) return clusterError(error, details);
  return error;
}

/** Runs a use case on a database (null: one that is still to be made) and throws what the API answers with. */
export async function answering<Result>(operations: Pick<OperationStore, 'openOn'>, databaseId: string | null, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (databaseId !== null && (error instanceof DatabaseLocked || error instanceof LeaseLost)) {
      const open = await operations.openOn(databaseId);
      throw new ApiError('OPERATION_IN_PROGRESS', { database_id: databaseId, operation_id: open?._id ?? null }, { cause: error });
    }
    throw asApiError(error, databaseId);
  }
}

/** The result of an operation that ended well; throws for one that was undone, or rests and will go on by itself. */
export function succeeded(outcome: Outcome, databaseId: string | null): Readonly<Record<string, unknown>> {
  if (outcome.state === 'succeeded') return outcome.result;
  const details = { operation_id: outcome.operationId, ...(databaseId === null ? {} : { database_id: databaseId }) };
  const { cause } = outcome;
  if (cause instanceof OperationAborted) throw new ApiError(cause.code, { ...details, ...cause.details });
  // Another process ended what a repeated request had begun: the operation says what it was.
  if (cause === 'ROTATION_ABORTED') throw new ApiError(cause, details);
  if (cause instanceof HeldUp) throw serviceError(cause, details);
  if (cause instanceof TransientFailure || cause instanceof PermanentFailure) throw clusterError(cause, details);
  if (isUnreachable(cause)) throw serviceError(cause, details);
  throw asApiError(cause, databaseId) instanceof ApiError ? asApiError(cause, databaseId) : new ApiError('INTERNAL_ERROR', details, { cause });
}
