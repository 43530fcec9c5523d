// What is due when.
import type { Collection } from 'mongodb';
import { z } from 'zod';
import { scheduledKinds, type ScheduledJob, type ScheduledKind, type ScheduleStore } from '../../ports/schedule.js';
import { controlCollections } from './control-collections.js';
import { inSession, type StoreSession } from './store-session.js';

const documentSchema = z.object({ kind: z.enum(scheduledKinds), user_id: z.string(), database_id: z.string(), username: z.string().nullable(), run_at: z.date(), quiet_since: z.date().nullable().default(null), operation_id: z.string().nullable().default(null) });
type ScheduledDocument = z.infer<typeof documentSchema>;

function toJob(document: unknown): ScheduledJob {
  const { kind, user_id: userId, database_id: databaseId, username, run_at: runAt, quiet_since: quietSince, operation_id: operationId } = documentSchema.parse(document);
  return { kind, userId, databaseId, username, runAt, ...(quietSince === null ? {} : { quietSince }), ...(operationId === null ? {} : { operationId }) };
}

export class MongoScheduleStore implements ScheduleStore {
  readonly #at: StoreSession;

  constructor(at: StoreSession) {
    this.#at = at;
  }

  async schedule({ kind, userId, databaseId, username, runAt, quietSince, operationId }: ScheduledJob): Promise<void> {
    await this.#schedule.updateOne({ kind, database_id: databaseId }, { $set: { user_id: userId, username, run_at: runAt, quiet_since: quietSince ?? null, operation_id: operationId ?? null } }, { upsert: true, ...inSession(this.#at) });
  }

  async cancel(kind: ScheduledKind, databaseId: string): Promise<void> {
    await this.#schedule.deleteOne({ kind, database_id: databaseId }, inSession(this.#at));
  }

  async find(kind: ScheduledKind, databaseId: string): Promise<ScheduledJob | undefined> {
    const document = await this.#schedule.findOne({ kind, database_id: databaseId }, inSession(this.#at));
    return document === null ? undefined : toJob(document);
  }

  async pending(kind: ScheduledKind, now: Date, afterDatabaseId: string | null, limit: number): Promise<readonly ScheduledJob[]> {
    const filter = { kind, run_at: { $gt: now }, ...(afterDatabaseId === null ? {} : { database_id: { $gt: afterDatabaseId } }) };
    const documents = await this.#schedule.find(filter, inSession(this.#at)).sort({ database_id: 1 }).limit(limit).toArray();
    return documents.map(toJob);
  }

  async noteQuiet({ kind, databaseId, username }: ScheduledJob, quietSince: Date | null): Promise<void> {
    await this.#schedule.updateOne({ kind, database_id: databaseId, username }, { $set: { quiet_since: quietSince } }, inSession(this.#at));
  }

  async postpone({ kind, databaseId, runAt }: ScheduledJob, until: Date): Promise<void> {
    await this.#schedule.updateOne({ kind, database_id: databaseId, run_at: runAt }, { $set: { run_at: until } }, inSession(this.#at));
  }

  async due(now: Date, limit: number): Promise<readonly ScheduledJob[]> {
    const documents = await this.#schedule.find({ run_at: { $lte: now } }, inSession(this.#at)).sort({ run_at: 1 }).limit(limit).toArray();
    return documents.map(toJob);
  }

  get #schedule(): Collection<ScheduledDocument> {
    return this.#at.db.collection<ScheduledDocument>(controlCollections.schedule);
  }
}
