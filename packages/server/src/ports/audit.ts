// Who did what, when, from where. No secret ever (R2.5).

import type { AuditOrigin } from '../domain/audit-origin.js';

export const auditActions = [
  'database.created', 'database.updated', 'database.connection_read', 'database.credentials_rotated', 'database.rotation_aborted', 'database.previous_credential_revoked',
  'database.deletion_requested', 'database.deleted', 'database.restored', 'database.purged', 'database.quota_exceeded', 'database.quota_met',
  'app.created', 'app.updated', 'app.deleted', 'app.deployed',
  'cluster.registered', 'cluster.updated', 'cluster.removed',
  'user.updated', 'user.rate_limits_reset', 'plan.created', 'plan.updated', 'plan.deleted',
] as const;

export const auditSubjectKinds = ['database', 'app', 'user', 'plan', 'cluster'] as const;

export type AuditAction = (typeof auditActions)[number];

export interface AuditEvent {
  readonly action: AuditAction;
  readonly origin: AuditOrigin;
  /** Whose resource it is. */
  readonly userId: string;
  readonly subject: { readonly kind: (typeof auditSubjectKinds)[number]; readonly id: string };
  readonly at: Date;
  /** What changed: names of fields and ids, never secrets. */
  readonly details: Readonly<Record<string, unknown>>;
}

export interface AuditLog {
  record(event: AuditEvent): Promise<void>;
  /** The newest first. */
  ofSubject(userId: string, subjectId: string, limit: number): Promise<readonly AuditEvent[]>;
}
