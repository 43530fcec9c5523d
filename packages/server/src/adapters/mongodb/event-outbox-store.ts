// Events in the control database. A stream's numbers come from one document that every transaction with an event of the stream
// writes: two of them conflict, so the order of the numbers is the order of the commits, and a reader behind a number has missed none.
import { ObjectId, type Collection, type Db } from 'mongodb';
import { z } from 'zod';
import { platformStream, type EventOutbox, type EventReader, type EventRecord, type NewEvent } from '../../ports/event-outbox.js';
import { controlCollections } from './control-collections.js';
import { inSession, type StoreSession } from './store-session.js';

const documentSchema = z.object({
  _id: z.instanceof(ObjectId),
  stream: z.string(),
  sequence: z.number().int(),
  type: z.string(),
  at: z.date(),
  operation_id: z.string().nullable(),
  data: z.record(z.string(), z.unknown()),
  /** Absent: it has been handed to webhooks and e-mail. */
  undispatched_since: z.date().optional(),
});
type EventDocument = z.infer<typeof documentSchema>;

interface HeadDocument {
  readonly _id: string;
  readonly sequence: number;
}

function toRecord(document: unknown): EventRecord {
  const { _id, stream, sequence, type, at, operation_id: operationId, data } = documentSchema.parse(document);
  return { id: _id.toHexString(), stream, sequence, type, at, operationId, data };
}

export class MongoEventOutbox implements EventOutbox, EventReader {
  readonly #at: StoreSession;

  constructor(at: StoreSession) {
    this.#at = at;
  }

  async record({ userId, type, data, at, operationId }: NewEvent): Promise<void> {
    const stream = userId ?? platformStream;
    await this.#at.transact(async (session) => {
      const head = await this.#heads.findOneAndUpdate({ _id: stream }, { $inc: { sequence: 1 } }, { upsert: true, returnDocument: 'after', session });
      await this.#events.insertOne(
        { _id: new ObjectId(), stream, sequence: head!.sequence, type, at, operation_id: operationId ?? null, data: { ...data }, undispatched_since: at }, { session },
      );
    });
  }

  async head(stream: string): Promise<number> {
    return (await this.#heads.findOne({ _id: stream }, inSession(this.#at)))?.sequence ?? 0;
  }

  async heads(streams: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const documents = await this.#heads.find({ _id: { $in: [...streams] } }, inSession(this.#at)).toArray();
    return new Map(documents.map(({ _id, sequence }) => [_id, sequence]));
  }

  async after(stream: string, sequence: number, limit: number): Promise<readonly EventRecord[]> {
    return (await this.#events.find({ stream, sequence: { $gt: sequence } }, inSession(this.#at)).sort({ sequence: 1 }).limit(limit).toArray()).map(toRecord);
  }

  async find(eventId: string): Promise<EventRecord | undefined> {
    const document = await this.#events.findOne({ _id: keyOf(eventId) }, inSession(this.#at));
    return document === null ? undefined : toRecord(document);
  }

  async since(stream: string, from: Date, afterSequence: number, limit: number): Promise<readonly EventRecord[]> {
    const documents = await this.#events.find({ stream, sequence: { $gt: afterSequence }, at: { $gte: from } }, inSession(this.#at)).sort({ sequence: 1 }).limit(limit).toArray();
    return documents.map(toRecord);
  }

  async undispatched(limit: number): Promise<readonly EventRecord[]> {
    return (await this.#events.find({ undispatched_since: { $exists: true } }, inSession(this.#at)).sort({ undispatched_since: 1 }).limit(limit).toArray()).map(toRecord);
  }

  async markDispatched(eventIds: readonly string[]): Promise<void> {
    await this.#events.updateMany({ _id: { $in: eventIds.map(keyOf) } }, { $unset: { undispatched_since: 1 } }, inSession(this.#at));
  }

  get #events(): Collection<EventDocument> {
    return this.#at.db.collection<EventDocument>(controlCollections.events);
  }

  get #heads(): Collection<HeadDocument> {
    return this.#at.db.collection<HeadDocument>(controlCollections.eventHeads);
  }
}

/** What cannot be an id finds nothing. */
function keyOf(eventId: string): ObjectId {
  return new ObjectId(/^[0-9a-f]{24}$/u.test(eventId) ? eventId : '0'.repeat(24));
}

/** The events outside any transaction, to be read. */
export function openEventReader(db: Db): EventReader {
  return new MongoEventOutbox({ db, transact: () => Promise.reject(new Error('events are recorded through the control stores')) });
}
