// Who did what, when, from where. No secret ever (R2.5). The log grows and expires; nothing changes an entry.

import type { AuditOrigin } from '../domain/audit-origin.js';

export const auditActions = [
  'database.created', 'database.updated', 'database.connection_read', 'database.credentials_rotated', 'database.rotation_aborted', 'database.previous_credential_revoked',
  'database.deletion_requested', 'database.deleted', 'database.restored', 'database.purged', 'database.repaired', 'database.quota_exceeded', 'database.quota_met', 'database.suspended', 'database.resumed', 'database.moved', 'database.moved_back', 'database.move_ended',
  'app.created', 'app.updated', 'app.deleted', 'app.deployed',
  'legacy.run_started', 'legacy.run_paused', 'legacy.run_resumed', 'legacy.user_migrated', 'legacy.user_rolled_back',
  'reconcile.started',
  'cluster.registered', 'cluster.updated', 'cluster.removed',
  'user.updated', 'user.rate_limits_reset', 'plan.created', 'plan.updated', 'plan.deleted',
  'account.created', 'account.signed_in', 'account.sign_in_failed', 'account.signed_out', 'account.notifications_changed', 'account.mail_undeliverable',
  'token.created', 'token.revoked',
  'webhook.created', 'webhook.updated', 'webhook.removed', 'webhook.secret_rotated', 'webhook.disabled', 'webhook.replayed',
] as const;

export type AuditAction = (typeof auditActions)[number];

export type AuditSubjectKind = 'database' | 'app' | 'user' | 'token' | 'webhook' | 'plan' | 'cluster' | 'migration' | 'platform';

export interface AuditEvent {
  readonly action: AuditAction;
  readonly origin: AuditOrigin;
  /** Whose resource it is; what belongs to nobody, such as a cluster, is its operator's. */
  readonly userId: string;
  readonly subject: { readonly kind: AuditSubjectKind; readonly id: string };
  readonly at: Date;
  /** The operation it is part of. */
  readonly operationId?: string;
  /** What changed, fields as `{before, after}` where they hold no secret. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** An event as it was read; of another version of the platform it may have other actions and subjects. */
export interface AuditRecord extends Omit<AuditEvent, 'action' | 'subject'> {
  readonly id: string;
  readonly action: string;
  readonly subject: { readonly kind: string; readonly id: string };
}

export interface AuditQuery {
  /** Whose resources. */
  readonly userId?: string;
  /** Who acted. */
  readonly actorUserId?: string;
  readonly action?: string;
  readonly subjectId?: string;
  /** Inclusive. */
  readonly from?: Date;
  /** Exclusive. */
  readonly to?: Date;
  /** The last one that has been read. */
  readonly before?: { readonly at: Date; readonly id: string };
  readonly limit: number;
}

export interface AuditLog {
  record(event: AuditEvent): Promise<void>;
  /** The newest first. */
  list(query: AuditQuery): Promise<readonly AuditRecord[]>;
  /** The newest first. */
  ofSubject(userId: string, subjectId: string, limit: number): Promise<readonly AuditRecord[]>;
}
