// Idempotency keys in the control database: they outlive a restart and are shared by all replicas.
import type { Collection, Db } from 'mongodb';
import type { IdempotencyRecord, IdempotencyStore } from '../../ports/idempotency.js';
import { hasCode, mongoCodes } from './failures.js';

interface IdempotencyDocument {
  readonly _id: string;
  readonly fingerprint: string;
  readonly owner: string;
  readonly leased_until: Date;
  readonly answer: string | null;
  readonly forget_at: Date;
}

/** Each finds the key taken, and released when it looks who has it. */
const mostAttempts = 20;

export class MongoIdempotencyStore implements IdempotencyStore {
  readonly #keys: Collection<IdempotencyDocument>;

  constructor(db: Db) {
    this.#keys = db.collection('idempotency_keys');
  }

  /** Makes the indexes; safe on every start. */
  async prepare(): Promise<void> {
    await this.#keys.createIndexes([{ key: { forget_at: 1 }, expireAfterSeconds: 0 }]);
  }

  async claim(id: string, record: IdempotencyRecord, forgetAt: Date): Promise<IdempotencyRecord | undefined> {
    const { fingerprint, owner, leasedUntil, answer } = record;
    // Again: a record that was released between the two calls left the key free. During an outage repeats fail, and release, one after the other.
    for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
      try {
        await this.#keys.insertOne({ _id: id, fingerprint, owner, leased_until: leasedUntil, answer, forget_at: forgetAt });
        return undefined;
      } catch (error) {
        if (!hasCode(error, mongoCodes.duplicateKey)) throw error;
      }
      const held = await this.find(id);
      if (held !== undefined) return held;
    }
    throw new Error(`an idempotency key was taken and released ${mostAttempts} times within one claim`);
  }

  async takeOver(id: string, held: IdempotencyRecord, { owner, leasedUntil }: IdempotencyRecord): Promise<boolean> {
    const filter = { _id: id, owner: held.owner, leased_until: held.leasedUntil, answer: null };
    const { matchedCount } = await this.#keys.updateOne(filter, { $set: { owner, leased_until: leasedUntil } });
    return matchedCount === 1;
  }

  async find(id: string): Promise<IdempotencyRecord | undefined> {
    const document = await this.#keys.findOne({ _id: id });
    if (document === null) return undefined;
    return { fingerprint: document.fingerprint, owner: document.owner, leasedUntil: document.leased_until, answer: document.answer };
  }

  async renew(id: string, owner: string, leasedUntil: Date): Promise<void> {
    await this.#keys.updateOne({ _id: id, owner, answer: null }, { $set: { leased_until: leasedUntil } });
  }

  async complete(id: string, owner: string, answer: string): Promise<void> {
    await this.#keys.updateOne({ _id: id, owner }, { $set: { answer } });
  }

  async release(id: string, owner: string): Promise<void> {
    await this.#keys.deleteOne({ _id: id, owner, answer: null });
  }
}
