// The audit log, as users and operators read it (`AuditService`).
import { ApiError, type AuditEntry, type AuditPage, type ListOwnAuditQuery } from '@freehold/api';
import type { AuditLog, AuditQuery, AuditRecord } from '../ports/audit.js';
import type { AuditService } from './contracts.js';

/** Where the next page begins, as a text nobody need look into. */
function cursorOf({ at, id }: AuditRecord): string {
  return Buffer.from(`${at.getTime()}.${id}`).toString('base64url');
}

function positionOf(cursor: string): NonNullable<AuditQuery['before']> {
  const [, at, id] = /^(\d{1,15})\.([0-9a-f]{24})$/u.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (at === undefined || id === undefined) throw new ApiError('VALIDATION_FAILED', { issues: [{ path: 'query.cursor', message: 'must be `next_cursor` of an earlier page' }] });
  return { at: new Date(Number(at)), id };
}

/** `viewerId`: of a user who sees from where others acted as little as what they are; undefined: an operator, who sees all. */
function present(record: AuditRecord, viewerId: string | undefined): AuditEntry {
  const { origin } = record;
  const isShown = viewerId === undefined || origin.actor_user_id === viewerId;
  const shown = (text: string | undefined): string | null => (isShown && text !== undefined && text !== '' ? text : null);
  return {
    id: record.id, at: record.at.toISOString(), action: record.action, user_id: record.userId,
    actor: {
      user_id: origin.actor_user_id, credential_kind: origin.credential.kind, credential_id: shown(origin.credential.id),
      remote_address: shown(origin.remote_address), user_agent: shown(origin.user_agent),
    },
    resource: { ...record.subject }, request_id: shown(origin.request_id), operation_id: record.operationId ?? null, details: { ...record.details },
  };
}

function toQuery({ action, resource_id: subjectId, from, to, cursor, limit }: ListOwnAuditQuery): AuditQuery {
  return {
    limit,
    ...(action === undefined ? {} : { action }),
    ...(subjectId === undefined ? {} : { subjectId }),
    ...(from === undefined ? {} : { from: new Date(from) }),
    ...(to === undefined ? {} : { to: new Date(to) }),
    ...(cursor === undefined ? {} : { before: positionOf(cursor) }),
  };
}

/** Builds the service. */
export function createAuditService(audit: Pick<AuditLog, 'list'>): AuditService {
  async function page(query: AuditQuery, viewerId: string | undefined): Promise<AuditPage> {
    // One more than asked for says whether there is a next page.
    const records = await audit.list({ ...query, limit: query.limit + 1 });
    const items = records.slice(0, query.limit);
    const last = items.at(-1);
    return { items: items.map((record) => present(record, viewerId)), next_cursor: records.length > items.length && last !== undefined ? cursorOf(last) : null };
  }

  return {
    listOwn: (actor, query) => page({ ...toQuery(query), userId: actor.userId }, actor.userId),
    list: ({ user_id: userId, actor_id: actorUserId, ...query }) =>
      page({ ...toQuery(query), ...(userId === undefined ? {} : { userId }), ...(actorUserId === undefined ? {} : { actorUserId }) }, undefined),
  };
}
