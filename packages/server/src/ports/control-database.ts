// The control database: all stores, and transactions over several of them.
import type { AccountStore, FailedSignInStore, SessionStore, TokenStore } from './accounts.js';
import type { AppStore } from './apps.js';
import type { AuditLog } from './audit.js';
import type { ClusterStore } from './clusters.js';
import type { ConfirmTokenStore } from './confirm-tokens.js';
import type { DatabaseStore } from './databases.js';
import type { EventOutbox } from './event-outbox.js';
import type { LegacyLog, LegacyRunStore } from './legacy-runs.js';
import type { LegacyUserStore } from './legacy-users.js';
import type { OperationStore } from './operations.js';
import type { PlanStore } from './plans.js';
import type { ReconcileRunStore } from './reconcile-runs.js';
import type { ScheduleStore } from './schedule.js';
import type { UsageHistory } from './usage-history.js';
import type { UserDirectory } from './users.js';
import type { DeliveryStore, NotificationStore, WebhookStore } from './webhooks.js';

export interface ControlStores {
  readonly accounts: AccountStore;
  readonly sessions: SessionStore;
  readonly tokens: TokenStore;
  readonly failedSignIns: FailedSignInStore;
  readonly notifications: NotificationStore;
  readonly deliveries: Pick<DeliveryStore, 'add' | 'settle'>;
  readonly databases: DatabaseStore;
  readonly apps: AppStore;
  readonly operations: OperationStore;
  readonly confirmTokens: ConfirmTokenStore;
  readonly schedule: ScheduleStore;
  readonly audit: AuditLog;
  readonly outbox: EventOutbox;
  readonly webhooks: WebhookStore;
  readonly clusters: ClusterStore;
  readonly legacyUsers: LegacyUserStore;
  readonly legacyLog: LegacyLog;
  readonly legacyRuns: Pick<LegacyRunStore, 'insert' | 'changeState'>;
  readonly reconcileRuns: Pick<ReconcileRunStore, 'insert'>;
  readonly plans: PlanStore;
  readonly users: UserDirectory;
}

export interface ControlDatabase extends ControlStores {
  /** Sizes over time; in no transaction. */
  readonly usageHistory: UsageHistory;
  /**
   * Runs the work in one transaction: all of it happens, or none. The work may run more than once, so it has no effects
   * besides those on the stores it is given. An error thrown by the work undoes everything and is thrown on.
   */
  transaction<Result>(work: (stores: ControlStores) => Promise<Result>): Promise<Result>;
}
