// Audit events, only ever added. Those that come while others are being written go together in the next write: each caller waits
// for its own event to be durable, and many callers at once cost few commits.
import { ObjectId, type Collection, type Db, type Filter } from 'mongodb';
import { z } from 'zod';
import { auditOriginSchema } from '../../domain/audit-origin.js';
import type { AuditEvent, AuditLog, AuditQuery, AuditRecord } from '../../ports/audit.js';
import { controlCollections } from './control-collections.js';
import { hasCode, mongoCodes } from './failures.js';
import { inSession, type StoreSession } from './store-session.js';

const documentSchema = z.object({
  _id: z.instanceof(ObjectId),
  action: z.string(),
  origin: auditOriginSchema,
  user_id: z.string(),
  subject: z.object({ kind: z.string(), id: z.string() }),
  at: z.date(),
  operation_id: z.string().optional(),
  details: z.record(z.string(), z.unknown()),
});
type AuditDocument = z.infer<typeof documentSchema>;

interface Batch {
  readonly documents: AuditDocument[];
  readonly written: Promise<void>;
}

export class MongoAuditLog implements AuditLog {
  readonly #at: StoreSession;
  /** Settles when nothing is being written. */
  #writing: Promise<unknown> = Promise.resolve();
  /** Waits for what is being written. */
  #next: Batch | undefined;

  constructor(at: StoreSession) {
    this.#at = at;
  }

  async record(event: AuditEvent): Promise<void> {
    const { userId: user_id, operationId, details, ...rest } = event;
    const document = { _id: new ObjectId(), ...rest, user_id, ...(operationId === undefined ? {} : { operation_id: operationId }), details: { ...details } };
    if (this.#at.session !== undefined) {
      await this.#events.insertOne(document, inSession(this.#at));
      return;
    }
    this.#next ??= this.#newBatch();
    this.#next.documents.push(document);
    await this.#next.written;
  }

  #newBatch(): Batch {
    const documents: AuditDocument[] = [];
    const written = this.#writing.then(async () => {
      this.#next = undefined;
      await this.#events.insertMany(documents);
    });
    // A failure is for those whose events were in it; the next batch only waits for its end.
    this.#writing = written.catch(() => undefined);
    return { documents, written };
  }

  async list(query: AuditQuery): Promise<readonly AuditRecord[]> {
    const documents = await this.#events.find(filterOf(query), inSession(this.#at)).sort({ at: -1, _id: -1 }).limit(query.limit).toArray();
    return documents.map(toRecord);
  }

  ofSubject(userId: string, subjectId: string, limit: number): Promise<readonly AuditRecord[]> {
    return this.list({ userId, subjectId, limit });
  }

  get #events(): Collection<AuditDocument> {
    return this.#at.db.collection<AuditDocument>(controlCollections.audit);
  }
}

function filterOf({ userId, actorUserId, action, subjectId, from, to, before }: AuditQuery): Filter<AuditDocument> {
  const conditions: Filter<AuditDocument>[] = [
    ...(from === undefined ? [] : [{ at: { $gte: from } }]),
    ...(to === undefined ? [] : [{ at: { $lt: to } }]),
    ...(before === undefined ? [] : [{ at: { $lte: before.at } }, { $or: [{ at: { $lt: before.at } }, { _id: { $lt: new ObjectId(before.id) } }] }]),
  ];
  return {
    ...(userId === undefined ? {} : { user_id: userId }),
    ...(actorUserId === undefined ? {} : { 'origin.actor_user_id': actorUserId }),
    ...(action === undefined ? {} : { action }),
    ...(subjectId === undefined ? {} : { 'subject.id': subjectId }),
    ...(conditions.length === 0 ? {} : { $and: conditions }),
  };
}

function toRecord(document: unknown): AuditRecord {
  const { _id, user_id: userId, operation_id: operationId, ...rest } = documentSchema.parse(document);
  return { id: _id.toHexString(), userId, ...(operationId === undefined ? {} : { operationId }), ...rest };
}

/**
 * Has events expire after so many days; safe on every start. The clock of the expiry is the event's own time, so a change of the
 * setting holds for those that are there, too.
 */
export async function keepAuditEventsFor(db: Db, days: number): Promise<void> {
  const expireAfterSeconds = days * 86_400;
  try {
    await db.collection(controlCollections.audit).createIndexes([{ key: { at: 1 }, expireAfterSeconds }]);
  } catch (error) {
    // Which of the two a server answers depends on its version.
    if (!hasCode(error, mongoCodes.indexOptionsConflict) && !hasCode(error, mongoCodes.indexKeySpecsConflict)) throw error;
    await db.command({ collMod: controlCollections.audit, index: { keyPattern: { at: 1 }, expireAfterSeconds } });
  }
}
