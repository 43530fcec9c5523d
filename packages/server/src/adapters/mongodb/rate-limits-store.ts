// Rate limits in the control database: one document a key, changed in one step. Documents go away after their window.
import type { Collection, Db } from 'mongodb';
import type { CountedLimit, RateLimitCount, RateLimitStore, RateLimitUse } from '../../ports/rate-limits.js';

interface RateLimitDocument {
  readonly _id: string;
  readonly used: number;
  readonly resets_at: Date;
  /** Whether the newest attempt was allowed: what the change itself decided. */
  readonly is_allowed: boolean;
}

export class MongoRateLimitStore implements RateLimitStore {
  readonly #limits: Collection<RateLimitDocument>;

  constructor(db: Db) {
    this.#limits = db.collection('rate_limits');
  }

  /** Makes the indexes; safe on every start. */
  async prepare(): Promise<void> {
    await this.#limits.createIndexes([{ key: { resets_at: 1 }, expireAfterSeconds: 0 }]);
  }

  async take(key: string, { limit, windowMs }: CountedLimit, now: Date): Promise<RateLimitUse> {
    // A window that has ended, or was never there: absent is less than any date.
    const isRunning = { $gt: ['$resets_at', now] };
    const end = new Date(now.getTime() + windowMs);
    const document = await this.#limits.findOneAndUpdate(
      { _id: key },
      [
        { $set: { used: { $cond: [isRunning, '$used', 0] }, resets_at: { $cond: [isRunning, { $min: ['$resets_at', end] }, end] } } },
        { $set: { is_allowed: { $lt: ['$used', limit] } } },
        { $set: { used: { $add: ['$used', { $cond: ['$is_allowed', 1, 0] }] } } },
      ],
      { upsert: true, returnDocument: 'after' },
    );
    if (document === null) throw new Error('an upsert answered no document');
    const { is_allowed: isAllowed, used, resets_at: resetsAt } = document;
    return {
      isAllowed, used, resetsAt,
      giveBack: async () => {
        await this.#limits.updateOne({ _id: key, resets_at: resetsAt, used: { $gt: 0 } }, { $inc: { used: -1 } });
      },
    };
  }

  async look(keys: readonly string[], now: Date): Promise<readonly (RateLimitCount | undefined)[]> {
    const documents = await this.#limits.find({ _id: { $in: [...keys] }, resets_at: { $gt: now } }).toArray();
    const counts = new Map(documents.map(({ _id, used, resets_at: resetsAt }) => [_id, { used, resetsAt }]));
    return keys.map((key) => counts.get(key));
  }
}
