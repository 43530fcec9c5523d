// How far walks over all owners have come: one document a walk, changed on the condition that nobody changed it before.
import type { Collection, Db } from 'mongodb';
import { z } from 'zod';
import type { SharedWalkName, SharedWalks, WalkRound } from '../../ports/shared-walks.js';
import { hasCode, mongoCodes } from './failures.js';

const roundSchema = z.object({ started_at: z.date(), previous_started_at: z.date().nullable(), after_user_id: z.string().nullable(), is_done: z.boolean() });
type RoundDocument = z.infer<typeof roundSchema> & { readonly _id: string };

function toDocument({ startedAt, previousStartedAt, afterUserId, isDone }: WalkRound): z.infer<typeof roundSchema> {
  return { started_at: startedAt, previous_started_at: previousStartedAt, after_user_id: afterUserId, is_done: isDone };
}

export class MongoSharedWalks implements SharedWalks {
  readonly #rounds: Collection<RoundDocument>;

  constructor(db: Db) {
    this.#rounds = db.collection<RoundDocument>('usage_rounds');
  }

  async round(walk: SharedWalkName): Promise<WalkRound | undefined> {
    const document = await this.#rounds.findOne({ _id: walk });
    if (document === null) return undefined;
    const { started_at, previous_started_at, after_user_id, is_done } = roundSchema.parse(document);
    return { startedAt: started_at, previousStartedAt: previous_started_at, afterUserId: after_user_id, isDone: is_done };
  }

  async advance(walk: SharedWalkName, from: WalkRound | undefined, to: WalkRound): Promise<boolean> {
    if (from !== undefined) {
      const { matchedCount } = await this.#rounds.updateOne({ _id: walk, ...toDocument(from) }, { $set: toDocument(to) });
      return matchedCount === 1;
    }
    try {
      await this.#rounds.insertOne({ _id: walk, ...toDocument(to) });
      return true;
    } catch (error) {
      if (hasCode(error, mongoCodes.duplicateKey)) return false;
      throw error;
    }
  }
}
