// Failed sign-ins in the control database: one document for an account and an address. Times are the database's own (`$$NOW`), since one
// clock has to say for all replicas whether a lock is over. Documents expire by themselves.
import type { Collection, Db } from 'mongodb';
import type { SignInFailureStore } from '../../ports/accounts.js';

interface FailureDocument {
  readonly _id: string;
  readonly failures: number;
  readonly locked_until?: Date;
  /** How long the lock lasts altogether. */
  readonly lock_ms?: number;
  readonly forget_at: Date;
}

/** What is read of a lock. */
interface Lock {
  readonly left_ms: number;
  readonly lock_ms: number;
}

/** An expression for the time: the database's, or, for tests, another. */
export type DatabaseTime = () => '$$NOW' | Date;

export class MongoSignInFailureStore implements SignInFailureStore {
  readonly #failures: Collection<FailureDocument>;
  readonly #now: DatabaseTime;

  constructor(db: Db, now: DatabaseTime = () => '$$NOW') {
    this.#failures = db.collection('sign_in_failures');
    this.#now = now;
  }

  /** Makes the indexes; safe on every start. */
  async prepare(): Promise<void> {
    await this.#failures.createIndexes([{ key: { forget_at: 1 }, expireAfterSeconds: 0 }]);
  }

  async lockedForMs(key: string): Promise<number> {
    const left = { $subtract: ['$locked_until', this.#now()] };
    const [lock] = await this.#failures.aggregate<Lock>([
      { $match: { _id: key, locked_until: { $exists: true } } },
      { $project: { _id: 0, left_ms: left, lock_ms: { $ifNull: ['$lock_ms', left] } } },
    ]).toArray();
    if (lock === undefined) return 0;
    if (lock.left_ms <= lock.lock_ms) return Math.max(0, lock.left_ms);
    // The clock has gone back. What is written is put right, or every look would find the whole time left.
    await this.#failures.updateOne({ _id: key }, [{ $set: { locked_until: { $min: ['$locked_until', { $add: [this.#now(), '$lock_ms'] }] } } }]);
    return lock.lock_ms;
  }

  async recordFailure(key: string, rememberForMs: number): Promise<number> {
    const document = await this.#failures.findOneAndUpdate(
      { _id: key }, [{ $set: { failures: { $add: [{ $ifNull: ['$failures', 0] }, 1] }, forget_at: { $add: [this.#now(), rememberForMs] } } }], { upsert: true, returnDocument: 'after' },
    );
    return document?.failures ?? 1;
  }

  async lock(key: string, forMs: number): Promise<void> {
    // Of two failures at once the longer lock stays.
    await this.#failures.updateOne({ _id: key }, [
      { $set: { lock_ms: { $max: ['$lock_ms', forMs] } } },
      { $set: { locked_until: { $add: [this.#now(), '$lock_ms'] } } },
      { $set: { forget_at: { $max: ['$forget_at', '$locked_until'] } } },
    ]);
  }

  async clear(key: string): Promise<void> {
    await this.#failures.deleteOne({ _id: key });
  }
}
