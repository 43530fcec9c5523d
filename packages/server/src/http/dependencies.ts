// Everything HTTP needs of the world: handed in by the composition root, so that this folder knows services and ports alone.
import type { Authenticator } from '../services/accounts-authentication.js';
import type { AccountService } from '../services/accounts.js';
import type {
  AdminUserService, AppService, AuditService, BulkService, ClusterService, DatabaseService, EventFeed, LegacyMigrationService, LimitsService, MoveService, NotificationService, OperationService, PlanService, ReconcileService, UsageService, WebhookService,
} from '../services/contracts.js';
import type { ReadinessProbe } from '../ports/readiness.js';
import type { RateLimiter } from '../services/rate-limiter.js';
import type { TokenService } from '../services/tokens.js';
import type { Clock } from '../ports/clock.js';
import type { IdempotencyStore } from '../ports/idempotency.js';
import type { Identifiers } from '../ports/identifiers.js';
import type { Keyring } from '../ports/keyring.js';
import type { Tracing } from '../ports/tracing.js';
import type { Logger } from '../telemetry/logger.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { EventStreamLimits } from './event-stream.js';

export interface HttpLimits {
  readonly bodyBytes: number;
  /** Whole request, from its first byte. */
  readonly requestTimeoutMs: number;
  readonly readinessTimeoutMs: number;
  /** How long a request waits for the first one of its idempotency key. */
  readonly idempotencyWaitMs: number;
  /** How long after the last sign of life of a process the requests that it was answering are taken over. */
  readonly idempotencyLeaseMs: number;
  readonly eventStreams: Partial<EventStreamLimits>;
}

export const defaultHttpLimits: HttpLimits = { bodyBytes: 256 * 1024, requestTimeoutMs: 30_000, readinessTimeoutMs: 2_000, idempotencyWaitMs: 10_000, idempotencyLeaseMs: 30_000, eventStreams: {} };

export interface HttpDependencies {
  readonly databases: DatabaseService;
  readonly moves: MoveService;
  readonly usage: UsageService;
  readonly bulk: BulkService;
  readonly apps: AppService;
  readonly operations: OperationService;
  readonly clusters: ClusterService;
  readonly legacyMigrations: LegacyMigrationService;
  readonly reconcile: ReconcileService;
  readonly eventFeed: EventFeed;
  readonly webhooks: WebhookService;
  readonly notifications: NotificationService;
  readonly auditTrail: AuditService;
  readonly accounts: AccountService;
  readonly plans: PlanService;
  /** What users hold and may hold. */
  readonly userLimits: LimitsService;
  readonly adminUsers: AdminUserService;
  readonly tokens: TokenService;
  readonly authenticator: Authenticator;
  readonly idempotency: IdempotencyStore;
  /** Absent: nothing is limited. */
  readonly rateLimiter?: RateLimiter | undefined;
  readonly keyring: Pick<Keyring, 'encrypt' | 'decrypt'>;
  readonly clock: Clock;
  readonly identifiers: Pick<Identifiers, 'uuid'>;
  readonly readinessProbes: readonly ReadinessProbe[];
  readonly metrics: Metrics;
  /** Absent: nothing is traced. */
  readonly tracing?: Tracing | undefined;
  readonly logger: Logger;
  /** The platform's version, for the OpenAPI document. */
  readonly version: string;
  /** Folder of the built dashboard; without it there is none. */
  readonly dashboardDirectory?: string;
  /** What Prometheus presents from another machine; without it, an operator's token does. */
  readonly metricsToken?: string | undefined;
  /** Addresses of proxies whose `X-Forwarded-*` headers are believed. Default: none. */
  readonly trustedProxies?: readonly string[] | undefined;
  readonly limits?: Partial<HttpLimits>;
}
