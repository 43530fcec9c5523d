// What the database services are built from.
import type { AuditOrigin } from '../domain/audit-origin.js';
import type { LimitValues } from '../domain/limits.js';
import type { Journal } from '../journal/journal.js';
import type { DatabaseOperations } from '../operations/index.js';
import type { OperationWorld } from '../operations/operation-world.js';
import type { EventSink } from '../ports/events.js';
import type { Identifiers } from '../ports/identifiers.js';
import type { Actor } from './contracts.js';

export interface DatabaseServiceDependencies extends OperationWorld {
  readonly journal: Journal;
  readonly operations: DatabaseOperations;
  readonly identifiers: Identifiers;
  readonly events: EventSink;
  /** What the platform's settings say of limits, where neither a user nor their plan does. */
  readonly platformLimits: LimitValues;
}

/** Where a change comes from, as it is recorded. */
export function originOf(actor: Actor): AuditOrigin {
  return {
    actor_user_id: actor.userId, credential: { kind: actor.credential.kind, id: actor.credential.id }, request_id: actor.requestId, remote_address: actor.remoteAddress,
    ...(actor.userAgent === undefined ? {} : { user_agent: actor.userAgent }),
  };
}
