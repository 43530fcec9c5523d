// Sizes over time in the control database. A sample's `_id` is `database/resolution/time`, so that one index serves look-ups,
// repeats and the order of time; another removes samples that are kept no longer.
import type { AnyBulkWriteOperation, Collection, Db } from 'mongodb';
import { z } from 'zod';
import { sampleResolutions, type SampleResolutionName, type UsageSample } from '../../domain/usage-sampling.js';
import type { CollectionRound, DatabaseSample, UsageHistory } from '../../ports/usage-history.js';
import { hasCode, mongoCodes } from './failures.js';

const sampleSchema = z.object({ at: z.date(), bytes: z.number(), documents: z.number() });
type SampleDocument = z.infer<typeof sampleSchema> & { readonly _id: string; readonly expires_at: Date };

const roundSchema = z.object({ started_at: z.date(), previous_started_at: z.date().nullable(), after_user_id: z.string().nullable(), is_done: z.boolean() });
type RoundDocument = z.infer<typeof roundSchema> & { readonly _id: string };
const roundId = 'sizes';

function sampleId(databaseId: string, resolution: SampleResolutionName, at: Date | null): string {
  // '~' comes after every digit: the end of the range.
  return `${databaseId}/${resolution}/${at?.toISOString() ?? '~'}`;
}

function toDocument({ startedAt, previousStartedAt, afterUserId, isDone }: CollectionRound): z.infer<typeof roundSchema> {
  return { started_at: startedAt, previous_started_at: previousStartedAt, after_user_id: afterUserId, is_done: isDone };
}

function write({ databaseId, at, bytes, documents }: DatabaseSample, resolution: SampleResolutionName): AnyBulkWriteOperation<SampleDocument> {
  const expires_at = new Date(at.getTime() + sampleResolutions[resolution].keptMilliseconds);
  return { updateOne: { filter: { _id: sampleId(databaseId, resolution, at) }, update: { $set: { at, bytes, documents, expires_at } }, upsert: true } };
}

export class MongoUsageHistory implements UsageHistory {
  readonly #samples: Collection<SampleDocument>;
  readonly #rounds: Collection<RoundDocument>;

  constructor(db: Db) {
    this.#samples = db.collection<SampleDocument>('usage_samples');
    this.#rounds = db.collection<RoundDocument>('usage_rounds');
  }

  /** Makes the index; safe on every start. */
  async prepare(): Promise<void> {
    await this.#samples.createIndexes([{ key: { expires_at: 1 }, expireAfterSeconds: 0 }]);
  }

  async record(samples: readonly DatabaseSample[], resolutions: readonly SampleResolutionName[]): Promise<void> {
    const writes = samples.flatMap((sample) => resolutions.map((resolution) => write(sample, resolution)));
    if (writes.length > 0) await this.#samples.bulkWrite(writes, { ordered: false });
  }

  async samplesOf(databaseId: string, since: Date): Promise<Readonly<Record<SampleResolutionName, readonly UsageSample[]>>> {
    const of = async (resolution: SampleResolutionName): Promise<readonly UsageSample[]> => {
      const range = { $gte: sampleId(databaseId, resolution, since), $lt: sampleId(databaseId, resolution, null) };
      const documents = await this.#samples.find({ _id: range }).sort({ _id: 1 }).toArray();
      return documents.map((document) => sampleSchema.parse(document));
    };
    const [fiveMinutes, hour, day] = await Promise.all([of('five_minutes'), of('hour'), of('day')]);
    return { five_minutes: fiveMinutes, hour, day };
  }

  async round(): Promise<CollectionRound | undefined> {
    const document = await this.#rounds.findOne({ _id: roundId });
    if (document === null) return undefined;
    const { started_at, previous_started_at, after_user_id, is_done } = roundSchema.parse(document);
    return { startedAt: started_at, previousStartedAt: previous_started_at, afterUserId: after_user_id, isDone: is_done };
  }

  async advance(from: CollectionRound | undefined, to: CollectionRound): Promise<boolean> {
    if (from !== undefined) {
      const { matchedCount } = await this.#rounds.updateOne({ _id: roundId, ...toDocument(from) }, { $set: toDocument(to) });
      return matchedCount === 1;
    }
    try {
      await this.#rounds.insertOne({ _id: roundId, ...toDocument(to) });
      return true;
    } catch (error) {
      if (hasCode(error, mongoCodes.duplicateKey)) return false;
      throw error;
    }
  }
}
