// Audit events, only ever added. Those that come while others are being written go together in the next write: each caller waits
// for its own event to be durable, and many callers at once cost few commits.
import type { Collection } from 'mongodb';
import { z } from 'zod';
import { auditOriginSchema } from '../../domain/audit-origin.js';
import { auditActions, auditSubjectKinds, type AuditEvent, type AuditLog } from '../../ports/audit.js';
import { controlCollections } from './control-collections.js';
import { inSession, type StoreSession } from './store-session.js';

const documentSchema = z.object({
  action: z.enum(auditActions),
  origin: auditOriginSchema,
  user_id: z.string(),
  subject: z.object({ kind: z.enum(auditSubjectKinds), id: z.string() }),
  at: z.date(),
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
    const { userId: user_id, details, ...rest } = event;
    const document = { ...rest, user_id, details: { ...details } };
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

  async ofSubject(userId: string, subjectId: string, limit: number): Promise<readonly AuditEvent[]> {
    const documents = await this.#events.find({ user_id: userId, 'subject.id': subjectId }, inSession(this.#at)).sort({ at: -1 }).limit(limit).toArray();
    return documents.map((document) => {
      const { user_id: owner, ...rest } = documentSchema.parse(document);
      return { ...rest, userId: owner };
    });
  }

  get #events(): Collection<AuditDocument> {
    return this.#at.db.collection<AuditDocument>(controlCollections.audit);
  }
}
