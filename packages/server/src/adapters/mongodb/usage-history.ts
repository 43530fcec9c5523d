// Sizes over time in the control database. A sample's `_id` is `database/resolution/time`, so that one index serves look-ups,
// repeats and the order of time; another removes samples that are kept no longer.
import type { AnyBulkWriteOperation, Collection, Db } from 'mongodb';
import { z } from 'zod';
import { sampleResolutionNames, sampleResolutions, type SampleResolutionName, type UsageSample } from '../../domain/usage-sampling.js';
import type { DatabaseSample, UsageHistory } from '../../ports/usage-history.js';

const sampleSchema = z.object({ at: z.date(), bytes: z.number(), documents: z.number() });
type SampleDocument = z.infer<typeof sampleSchema> & { readonly _id: string; readonly expires_at: Date };

function sampleId(databaseId: string, resolution: SampleResolutionName, at: Date | null): string {
  // '~' comes after every digit: the end of the range.
  return `${databaseId}/${resolution}/${at?.toISOString() ?? '~'}`;
}

function write({ databaseId, at, bytes, documents }: DatabaseSample, resolution: SampleResolutionName): AnyBulkWriteOperation<SampleDocument> {
  const expires_at = new Date(at.getTime() + sampleResolutions[resolution].keptMilliseconds);
  return { updateOne: { filter: { _id: sampleId(databaseId, resolution, at) }, update: { $set: { at, bytes, documents, expires_at } }, upsert: true } };
}

export class MongoUsageHistory implements UsageHistory {
  readonly #samples: Collection<SampleDocument>;

  constructor(db: Db) {
    this.#samples = db.collection<SampleDocument>('usage_samples');
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

  async forget(databaseId: string): Promise<void> {
    const ranges = sampleResolutionNames.map((resolution) => ({ _id: { $gte: sampleId(databaseId, resolution, new Date(0)), $lt: sampleId(databaseId, resolution, null) } }));
    await this.#samples.deleteMany({ $or: ranges });
  }
}
