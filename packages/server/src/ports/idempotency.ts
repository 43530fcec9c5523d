// Requests that were answered, by their idempotency key: so that a repeat has one effect and one answer, on any replica.

export interface IdempotencyRecord {
  /** The encrypted fingerprint of the request: encrypted because a hash of a sign-in could be guessed at. */
  readonly fingerprint: string;
  readonly owner: string;
  /** Until when the owner is trusted to be at work. */
  readonly leasedUntil: Date;
  /** The encrypted answer; null while the request runs. */
  readonly answer: string | null;
}

export interface IdempotencyStore {
  /** Takes the id, or returns the record that holds it. */
  claim(id: string, record: IdempotencyRecord, forgetAt: Date): Promise<IdempotencyRecord | undefined>;
  /** Takes the id from an owner whose lease ran out; false: somebody else did, or the owner came back. */
  takeOver(id: string, held: IdempotencyRecord, record: IdempotencyRecord): Promise<boolean>;
  find(id: string): Promise<IdempotencyRecord | undefined>;
  renew(id: string, owner: string, leasedUntil: Date): Promise<void>;
  complete(id: string, owner: string, answer: string): Promise<void>;
  /** Forgets a request that is to be tried again under its key. */
  release(id: string, owner: string): Promise<void>;
}
