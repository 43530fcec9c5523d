// Which errors of the driver pass by themselves, and how they look behind a port.
import { MongoBulkWriteError, MongoError, MongoNetworkError, MongoNotConnectedError, MongoServerError, MongoServerSelectionError, MongoTopologyClosedError } from 'mongodb';
import { PermanentFailure, TransientFailure } from '../../ports/failures.js';

export const mongoCodes = { badValue: 2, userNotFound: 11, unauthorized: 13, authenticationFailed: 18, namespaceNotFound: 26, roleNotFound: 31, namespaceExists: 48, indexOptionsConflict: 85, indexKeySpecsConflict: 86, commandNotFound: 59, immutableField: 66, changeStreamHistoryLost: 286, atlasError: 8000, duplicateKey: 11_000, roleAlreadyExists: 51_002, userAlreadyExists: 51_003 } as const;

/**
 * Server errors after which the same may succeed; source: driver specification "Retryable Writes", timeouts, and cursors that a server forgot when it was started
 * anew, or ended because of something else (CursorNotFound, QueryPlanKilled, CursorKilled): whoever reads with one begins again.
 */
const transientCodes: ReadonlySet<number> = new Set([
  6, 7, 24, 43, 46, 50, 64, 89, 91, 112, 134, 175, 189, 225, 237, 262, 317, 358, 384, 9001, 10_058, 10_107, 11_600, 11_602, 13_388, 13_435, 13_436,
]);
const transientLabels = ['RetryableWriteError', 'TransientTransactionError', 'NetworkError', 'SystemOverloadedError'];

/** Whether an error of the driver is worth another attempt. */
export function isTransientMongoError(error: unknown): boolean {
  if (!(error instanceof MongoError)) return false;
  if (error instanceof MongoNetworkError || error instanceof MongoServerSelectionError) return true;
  if (error instanceof MongoNotConnectedError || error instanceof MongoTopologyClosedError || error.name === 'MongoWaitQueueTimeoutError') return true;
  // Several writes that met no refusal, but a dead connection.
  if (error instanceof MongoBulkWriteError && error.code === undefined) return true;
  return transientLabels.some((label) => error.hasErrorLabel(label)) || (typeof error.code === 'number' && transientCodes.has(error.code));
}

/** Whether a server answered with this code. */
export function hasCode(error: unknown, code: number): boolean {
  return error instanceof MongoServerError && error.code === code;
}

/** The name of an error, without what its message may tell. */
export function nameOf(error: unknown): string {
  if (error instanceof MongoServerError && typeof error.codeName === 'string') return error.codeName;
  return error instanceof Error ? error.name : 'UNKNOWN';
}

/**
 * What a cluster's failure looks like to the rest of the control plane. The driver's message is not repeated: it may name
 * hosts and documents; the cause has it, and the log's scrubber goes over that.
 */
export function asClusterFailure(error: unknown, during: string): TransientFailure | PermanentFailure {
  if (error instanceof TransientFailure || error instanceof PermanentFailure) return error;
  const code = nameOf(error);
  const options = { cause: error };
  return isTransientMongoError(error)
    ? new TransientFailure(code, `the cluster did not ${during}: ${code}`, options)
    : new PermanentFailure(code, `the cluster refused to ${during}: ${code}`, options);
}
