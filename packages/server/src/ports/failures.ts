// How a port says that something outside failed: in a way that passes, or for good.

/** The outside did not answer, or not yet: the same call may succeed later. Nothing is known of whether it took effect. */
export class TransientFailure extends Error {
  override readonly name = 'TransientFailure';

  constructor(readonly code: string, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** Nobody has answered there for a while, and nobody was asked this time: what was begun waits until it is back. */
export class Outage extends TransientFailure {}

/**
 * The control database has not taken a transaction for a while: another one, which may be that of a process that is dead, holds what it writes. Nothing of it has
 * happened. A server gives up the transactions of the dead after `transactionLifetimeLimitSeconds`, so that this passes by itself.
 */
export class HeldUp extends Outage {}

/** The driver's labels of what may succeed later (specifications "Retryable Writes" and "Transactions"). */
const passingLabels: ReadonlySet<unknown> = new Set(['RetryableWriteError', 'TransientTransactionError', 'UnknownTransactionCommitResult', 'NetworkError', 'SystemOverloadedError']);

/** Whether somebody's error says that a server did not answer: by a port's own words, or by the driver's, which is not known here. */
export function isUnreachable(error: unknown): boolean {
  if (error instanceof TransientFailure) return true;
  // A failure of several writes carries the labels of what it failed for.
  if (error instanceof Error && 'errorLabels' in error && Array.isArray(error.errorLabels) && error.errorLabels.some((label) => passingLabels.has(label))) return true;
  // Without a code, several writes met no refusal, but a dead connection; the driver does not keep which kind of error that was.
  if (error instanceof Error && error.name === 'MongoBulkWriteError' && (error as { readonly code?: unknown }).code === undefined) return true;
  return error instanceof Error && /^Mongo(ServerSelection|Network|NetworkTimeout|NotConnected|TopologyClosed|PoolCleared|WaitQueueTimeout)Error$/u.test(error.name);
}

/** The outside refused: the same call will be refused again. */
export class PermanentFailure extends Error {
  override readonly name = 'PermanentFailure';

  constructor(readonly code: string, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}
