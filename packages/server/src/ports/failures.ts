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

/** Whether somebody's error says that a server did not answer: by a port's own words, or by the driver's, which is not known here. */
export function isUnreachable(error: unknown): boolean {
  if (error instanceof TransientFailure) return true;
  return error instanceof Error && /^Mongo(ServerSelection|Network|NetworkTimeout|NotConnected|TopologyClosed|PoolCleared|WaitQueueTimeout)Error$/u.test(error.name);
}

/** The outside refused: the same call will be refused again. */
export class PermanentFailure extends Error {
  override readonly name = 'PermanentFailure';

  constructor(readonly code: string, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}
