// What the platform tells its operators: log events and metrics are made from these. No secret ever (R2.5).
import type { DriftKind } from '@freehold/api';
import type { ForecastConfidence } from '../domain/forecast.js';
import type { OperationKind } from '../domain/operation.js';
import type { QuotaWarning } from '../domain/quota-level.js';
import type { RateLimitName } from '../domain/rate-limits.js';

export type PlatformEvent =
  | { readonly name: 'quota.exceeded'; readonly userId: string; readonly databaseId: string | null; readonly quota: string }
  | { readonly name: 'quota.warning'; readonly userId: string; readonly databaseId: string; readonly warning: QuotaWarning; readonly sizeMb: number; readonly quotaMb: number | null }
  | { readonly name: 'quota.forecast'; readonly userId: string; readonly databaseId: string; readonly daysLeft: number; readonly growthBytesPerDay: number; readonly confidence: ForecastConfidence }
  | { readonly name: 'quota.enforced'; readonly userId: string; readonly databaseId: string; readonly isOverQuota: boolean; readonly sizeMb: number }
  /** All open connections with the credentials of one database. */
  | { readonly name: 'connections.above_budget'; readonly userId: string; readonly databaseId: string; readonly open: number; readonly budget: number }
  | { readonly name: 'cluster.capacity_exhausted' }
  | { readonly name: 'rate_limit.exceeded'; readonly rule: RateLimitName; readonly userId: string | null }
  | { readonly name: 'redis.lost'; readonly errorCode: string }
  | { readonly name: 'redis.connected' }
  | { readonly name: 'rate_limit.store_changed'; readonly store: 'redis' | 'control_database' }
  | { readonly name: 'cluster.measured'; readonly clusterId: string; readonly users: number; readonly bytes: number | null; readonly connections: number | null }
  | { readonly name: 'cluster.probe_failed'; readonly clusterId: string; readonly errorCode: string }
  | { readonly name: 'cluster.unreachable'; readonly clusterId: string; readonly errorCode: string }
  | { readonly name: 'cluster.reachable'; readonly clusterId: string }
  | { readonly name: 'reconciler.drift'; readonly drift: DriftKind; readonly clusterId: string | null; readonly userId: string | null; readonly databaseId: string | null; readonly username: string | null; readonly isMended: boolean }
  | { readonly name: 'reconciler.run_ended'; readonly runId: string; readonly isDryRun: boolean; readonly found: Readonly<Partial<Record<DriftKind, number>>> }
  /** For a reason that is ours or a cluster's. */
  | { readonly name: 'bulk.item_failed'; readonly action: string; readonly databaseId: string; readonly errorCode: string; readonly error: unknown }
  | { readonly name: 'legacy.user_done'; readonly runId: string; readonly mode: string; readonly userId: string; readonly outcome: string; readonly findings: readonly string[] }
  | { readonly name: 'legacy.run_ended'; readonly runId: string; readonly mode: string; readonly done: number }
  | { readonly name: 'legacy.run_paused'; readonly runId: string; readonly mode: string; readonly reason: string }
  | { readonly name: 'delivery.attempted'; readonly channel: string; readonly deliveryId: string; readonly eventType: string; readonly outcome: 'delivered' | 'pending' | 'failed'; readonly attempt: number; readonly status: number | null; readonly errorCode: string | null }
  | { readonly name: 'job.failed'; readonly job: string; readonly errorCode: string }
  | { readonly name: 'operation.resumed'; readonly operationId: string; readonly kind: OperationKind }
  | { readonly name: 'operation.step_failed'; readonly operationId: string; readonly kind: OperationKind; readonly step: string; readonly attempt: number; readonly errorCode: string }
  | { readonly name: 'operation.ended'; readonly operationId: string; readonly kind: OperationKind; readonly userId: string; readonly databaseId: string; readonly outcome: 'succeeded' | 'failed' | 'aborted' | 'suspended'; readonly milliseconds: number };

export interface EventSink {
  emit(event: PlatformEvent): void;
}
