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

/** The outside refused: the same call will be refused again. */
export class PermanentFailure extends Error {
  override readonly name = 'PermanentFailure';

  constructor(readonly code: string, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}
