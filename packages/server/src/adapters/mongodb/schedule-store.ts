// What is due when.
import type { Collection } from 'mongodb';
import { z } from 'zod';
import { scheduledKinds, type ScheduledJob, type ScheduledKind, type ScheduleStore } from '../../ports/schedule.js';
import { controlCollections } from './control-collections.js';
import { inSession, type StoreSession } from './store-session.js';

const documentSchema = z.object({ kind: z.enum(scheduledKinds), user_id: z.string(), database_id: z.string(), run_at: z.date() });
type ScheduledDocument = z.infer<typeof documentSchema>;

export class MongoScheduleStore implements ScheduleStore {
  readonly #at: StoreSession;

  constructor(at: StoreSession) {
    this.#at = at;
  }

  async schedule({ kind, userId, databaseId, runAt }: ScheduledJob): Promise<void> {
    await this.#schedule.updateOne({ kind, database_id: databaseId }, { $set: { user_id: userId, run_at: runAt } }, { upsert: true, ...inSession(this.#at) });
  }

  async cancel(kind: ScheduledKind, databaseId: string): Promise<void> {
    await this.#schedule.deleteOne({ kind, database_id: databaseId }, inSession(this.#at));
  }

  async due(now: Date, limit: number): Promise<readonly ScheduledJob[]> {
    const documents = await this.#schedule.find({ run_at: { $lte: now } }, inSession(this.#at)).sort({ run_at: 1 }).limit(limit).toArray();
    return documents.map((document) => {
      const { kind, user_id: userId, database_id: databaseId, run_at: runAt } = documentSchema.parse(document);
      return { kind, userId, databaseId, runAt };
    });
  }

  get #schedule(): Collection<ScheduledDocument> {
    return this.#at.db.collection<ScheduledDocument>(controlCollections.schedule);
  }
}
