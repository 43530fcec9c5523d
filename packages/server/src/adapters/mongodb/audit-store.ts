// Audit events, only ever added.
import type { Collection } from 'mongodb';
import { z } from 'zod';
import { auditOriginSchema } from '../../domain/audit-origin.js';
import { auditActions, type AuditEvent, type AuditLog } from '../../ports/audit.js';
import { controlCollections } from './control-collections.js';
import { inSession, type StoreSession } from './store-session.js';

const documentSchema = z.object({
  action: z.enum(auditActions),
  origin: auditOriginSchema,
  user_id: z.string(),
  subject: z.object({ kind: z.enum(['database', 'app']), id: z.string() }),
  at: z.date(),
  details: z.record(z.string(), z.unknown()),
});
type AuditDocument = z.infer<typeof documentSchema>;

export class MongoAuditLog implements AuditLog {
  readonly #at: StoreSession;

  constructor(at: StoreSession) {
    this.#at = at;
  }

  async record(event: AuditEvent): Promise<void> {
    const { userId: user_id, details, ...rest } = event;
    await this.#events.insertOne({ ...rest, user_id, details: { ...details } }, inSession(this.#at));
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
