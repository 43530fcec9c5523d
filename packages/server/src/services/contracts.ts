// What HTTP routes call: the use cases of the control plane. Routes parse and present; everything that decides lives behind
// these interfaces. Each throws ApiError (from @freehold/api) with a code of the catalogue.
import type {
  ApiError,
  AdminDatabase, AdminDatabasePage, AdminUpdateDatabase, AdminUser, AdminUserPage, CreatePlan, Limits, ListAllDatabasesQuery, ListPlansQuery, ListUsersQuery, Plan,
  UpdatePlan, UpdateUser, UserRateLimits,
  App, AppLogs, AuditPage, BulkAnswer, BulkRequest, Cluster, Connection, CreateApp, CreateDatabase, Database, DatabaseUsage, DefaultDatabaseStats, DeleteDatabaseQuery,
  DeletionRequest, ListAppsQuery, ListClustersQuery, ListDatabasesQuery, Operation, Page, RegisterCluster, RotateCredentials, UpdateApp, UpdateCluster, UpdateDatabase, UsageQuery,
  CreateWebhook, Delivery, Event, ListAuditQuery, ListDeliveriesQuery, ListOwnAuditQuery, Notifications, StreamEventsQuery, UpdateNotifications, UpdateWebhook, Webhook,
  ListReconcileRunsQuery, ReconcileReport, ReconcileReportQuery, ReconcileRun, StartReconcile,
  LegacyExportQuery, LegacyLogEntry, LegacyLogQuery, LegacyRun, ListLegacyRunsQuery, RollbackLegacyRun, StartLegacyRun,
  MigrateDatabase, MoveToCluster, RenameStorage,
} from '@freehold/api';
import type { RateLimitOverrides } from '../domain/rate-limits.js';
import type { Secret } from '../domain/secret.js';

/** Who asks, and how: goes into every audit event and operation. */
export interface Actor {
  readonly userId: string;
  readonly role: 'user' | 'operator';
  /** What was presented: a session token, an API token, or nothing because the platform itself acts. */
  readonly credential: { readonly kind: 'session' | 'api_token' | 'system'; readonly id: string };
  readonly requestId: string;
  /** Names the request and all its repeats, where it carries an idempotency key; what it begins is found by this again. */
  readonly idempotencyId?: string;
  readonly remoteAddress: string;
  readonly userAgent?: string;
  /** The user's own rate limits; absent: the platform's. */
  readonly rateLimits?: RateLimitOverrides;
  /** How often the user was given their uses of rate limits back; absent: never. */
  readonly rateLimitResets?: number;
}

export interface DatabaseService {
  /** Runs the `database.create` operation to its end; the URI has been proven before it is returned. */
  create(actor: Actor, input: CreateDatabase): Promise<{ readonly database: Database; readonly connectionUri: Secret }>;
  list(actor: Actor, query: ListDatabasesQuery): Promise<Page<Database>>;
  /** A stranger's id and an absent one answer alike: DATABASE_NOT_FOUND. So do all calls below. */
  get(actor: Actor, databaseId: string): Promise<Database>;
  update(actor: Actor, databaseId: string, input: UpdateDatabase): Promise<Database>;
  /** Gives several databases the same quota in one transaction; the error of each that was refused, by its id. */
  setQuotas(actor: Actor, databaseIds: readonly string[], quotaMb: number | null): Promise<ReadonlyMap<string, ApiError>>;
  connection(actor: Actor, databaseId: string): Promise<Connection>;
  rotateCredentials(actor: Actor, databaseId: string, rotation: RotateCredentials): Promise<{ readonly connectionUri: Secret; readonly previousValidUntil: Date }>;
  requestDeletion(actor: Actor, databaseId: string): Promise<DeletionRequest>;
  delete(actor: Actor, databaseId: string, query: DeleteDatabaseQuery & { readonly confirm_token: string }): Promise<Database>;
  restore(actor: Actor, databaseId: string): Promise<Database>;
}

/** Each returns the id of the operation, as soon as that is recorded. Throws MOVE_REFUSED, and what quotas refuse. */
export interface MoveService {
  migrate(actor: Actor, databaseId: string, input: MigrateDatabase): Promise<string>;
  /** For operators. */
  moveToCluster(actor: Actor, databaseId: string, input: MoveToCluster): Promise<string>;
  /** For operators. */
  renameStorage(actor: Actor, databaseId: string, input: RenameStorage): Promise<string>;
  /** By the operation that moved it. Throws MOVE_NOT_REVERSIBLE, OPERATION_NOT_FOUND. */
  moveBack(actor: Actor, operationId: string): Promise<Operation>;
  /** The same. */
  finish(actor: Actor, operationId: string): Promise<Operation>;
}

export interface UsageService {
  usage(actor: Actor, databaseId: string, query: UsageQuery): Promise<DatabaseUsage>;
  /** Of the database that is meant where none is named; NO_DATABASE_AVAILABLE where there is none. */
  defaultDatabaseStats(actor: Actor): Promise<DefaultDatabaseStats>;
}

export interface BulkService {
  /** Each database has a result. Throws SERVICE_UNAVAILABLE or IDEMPOTENCY_IN_PROGRESS where nothing is known of one of them yet, and the call can be repeated. */
  run(actor: Actor, request: BulkRequest): Promise<BulkAnswer>;
}

export interface AppService {
  create(actor: Actor, input: CreateApp): Promise<App>;
  list(actor: Actor, query: ListAppsQuery): Promise<Page<App>>;
  get(actor: Actor, appId: string): Promise<App>;
  update(actor: Actor, appId: string, input: UpdateApp): Promise<App>;
  remove(actor: Actor, appId: string): Promise<void>;
  /** Validates the database, injects `MONGODB_URI`, hands the app to its deployer. */
  deploy(actor: Actor, appId: string): Promise<App>;
  logs(actor: Actor, appId: string, limit: number): Promise<AppLogs>;
}

export interface LimitsService {
  /** What a user holds and may hold. Throws USER_NOT_FOUND. */
  limitsOf(userId: string): Promise<Limits>;
}

/** For operators. */
export interface PlanService {
  list(query: ListPlansQuery): Promise<Page<Plan>>;
  /** PLAN_NOT_FOUND, as of all calls below. */
  get(name: string): Promise<Plan>;
  create(actor: Actor, input: CreatePlan): Promise<Plan>;
  update(actor: Actor, name: string, input: UpdatePlan): Promise<Plan>;
  /** PLAN_IN_USE: users are on it, or it is the built-in one. */
  remove(actor: Actor, name: string): Promise<void>;
}

/** For operators. */
export interface AdminUserService {
  list(query: ListUsersQuery): Promise<AdminUserPage>;
  /** USER_NOT_FOUND, as of all calls on one user. */
  get(userId: string): Promise<AdminUser>;
  update(actor: Actor, userId: string, input: UpdateUser): Promise<AdminUser>;
  rateLimits(userId: string): Promise<UserRateLimits>;
  resetRateLimits(actor: Actor, userId: string): Promise<void>;
  databases(query: ListAllDatabasesQuery): Promise<AdminDatabasePage>;
  updateDatabase(actor: Actor, databaseId: string, input: AdminUpdateDatabase): Promise<AdminDatabase>;
}

export interface OperationService {
  get(actor: Actor, operationId: string): Promise<Operation>;
  /** The operation as it is, and again at every change until it has ended or the signal aborts. Throws OPERATION_NOT_FOUND at once. */
  follow(actor: Actor, operationId: string): Promise<(signal: AbortSignal) => AsyncGenerator<Operation, void>>;
}

/** For operators. */
export interface ClusterService {
  /** Tries the cluster first: CLUSTER_UNSUITABLE, with nothing written; CLUSTER_ALREADY_REGISTERED. */
  register(actor: Actor, input: RegisterCluster): Promise<Cluster>;
  list(actor: Actor, query: ListClustersQuery): Promise<Page<Cluster>>;
  get(actor: Actor, clusterId: string): Promise<Cluster>;
  update(actor: Actor, clusterId: string, input: UpdateCluster): Promise<Cluster>;
  /** Does not throw for a cluster that cannot be used: its last probe says so. */
  probe(actor: Actor, clusterId: string): Promise<Cluster>;
  remove(actor: Actor, clusterId: string): Promise<void>;
}

export interface EventFeed {
  /**
   * The events after the last one seen (a sequence number), then new ones as they come, or the end where nobody is to follow.
   * Throws FORBIDDEN at once where the stream is the platform's and the actor no operator.
   */
  follow(actor: Actor, query: StreamEventsQuery, lastSeen: number | undefined): Promise<(signal: AbortSignal) => AsyncGenerator<Event, 'caught_up' | 'ended'>>;
}

export interface WebhookService {
  /** Throws WEBHOOK_URL_REFUSED, LIMIT_REACHED. The secret is shown this once. */
  create(actor: Actor, input: CreateWebhook): Promise<{ readonly webhook: Webhook; readonly secret: Secret }>;
  list(actor: Actor, query: { readonly limit: number; readonly offset: number }): Promise<Page<Webhook>>;
  /** Throws WEBHOOK_NOT_FOUND, as all calls below. */
  get(actor: Actor, webhookId: string): Promise<Webhook>;
  update(actor: Actor, webhookId: string, input: UpdateWebhook): Promise<Webhook>;
  remove(actor: Actor, webhookId: string): Promise<void>;
  rotateSecret(actor: Actor, webhookId: string, overlapSeconds: number): Promise<{ readonly webhook: Webhook; readonly secret: Secret }>;
  deliveries(actor: Actor, webhookId: string, query: ListDeliveriesQuery): Promise<Page<Delivery>>;
  /** Throws DELIVERY_NOT_FOUND. */
  replayDelivery(actor: Actor, webhookId: string, deliveryId: string): Promise<Delivery>;
  /** Says how many events go out again. */
  replaySince(actor: Actor, webhookId: string, since: Date): Promise<number>;
}

export interface NotificationService {
  get(actor: Actor): Promise<Notifications>;
  update(actor: Actor, input: UpdateNotifications): Promise<Notifications>;
}

export interface AuditService {
  /** What was done to what is the actor's. */
  listOwn(actor: Actor, query: ListOwnAuditQuery): Promise<AuditPage>;
  /** For operators: what was done on the platform. */
  list(query: ListAuditQuery): Promise<AuditPage>;
}

/** Bringing in the users of an earlier platform (R3): runs, shared by all replicas. For operators. */
export interface LegacyMigrationService {
  /** Throws LEGACY_CIPHER_UNKNOWN, LEGACY_RUN_IN_PROGRESS. */
  start(actor: Actor, input: StartLegacyRun): Promise<LegacyRun>;
  list(actor: Actor, query: ListLegacyRunsQuery): Promise<Page<LegacyRun>>;
  /** Throws LEGACY_RUN_NOT_FOUND; so do all calls below. */
  get(actor: Actor, runId: string): Promise<LegacyRun>;
  log(actor: Actor, runId: string, query: LegacyLogQuery): Promise<Page<LegacyLogEntry>>;
  /** All entries, read as they are taken. */
  export(actor: Actor, runId: string, query: LegacyExportQuery): Promise<AsyncGenerator<LegacyLogEntry, void>>;
  /** Throws LEGACY_RUN_NOT_RUNNING. */
  pause(actor: Actor, runId: string): Promise<LegacyRun>;
  /** Throws LEGACY_RUN_NOT_RUNNING, LEGACY_RUN_IN_PROGRESS. */
  resume(actor: Actor, runId: string): Promise<LegacyRun>;
  rollback(actor: Actor, runId: string, input: RollbackLegacyRun): Promise<LegacyRun>;
  /** The run as it is now, and whenever it has got on, until its end. */
  follow(actor: Actor, runId: string): Promise<(signal: AbortSignal) => AsyncGenerator<LegacyRun, void>>;
}

/** Comparing records, clusters and apps (R5.8): runs, shared by all replicas. For operators. */
export interface ReconcileService {
  /** Throws CLUSTER_NOT_FOUND, USER_NOT_FOUND. */
  start(actor: Actor, input: StartReconcile): Promise<ReconcileRun>;
  list(actor: Actor, query: ListReconcileRunsQuery): Promise<Page<ReconcileRun>>;
  /** Throws RECONCILE_RUN_NOT_FOUND; so does the call below. */
  get(actor: Actor, runId: string, query: ReconcileReportQuery): Promise<ReconcileReport>;
  /** The run as it is now, and whenever it has got on, until its end. */
  follow(actor: Actor, runId: string): Promise<(signal: AbortSignal) => AsyncGenerator<ReconcileRun, void>>;
}
