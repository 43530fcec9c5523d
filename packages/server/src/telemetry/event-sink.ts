// What the platform tells its operators: each event becomes a line of the log and moves the metrics that follow from it.
import { warningPercents } from '../domain/quota-level.js';
import type { EventSink, PlatformEvent } from '../ports/events.js';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics.js';

/** Builds the sink that writes to both. */
export function createEventSink(logger: Logger, metrics: Metrics): EventSink {
  return {
    emit: (event) => {
      const { name, ...fields } = event;
      logger.event(name, inSnakeCase(fields));
      count(metrics, event);
    },
  };
}

function count(metrics: Metrics, event: PlatformEvent): void {
  switch (event.name) {
    case 'quota.exceeded':
      metrics.increment('platform_quota_violations_total', { quota: event.quota });
      return;
    case 'quota.warning':
      metrics.increment('platform_quota_warnings_total', { level: warningPercents[event.warning] });
      return;
    case 'connections.above_budget':
      metrics.increment('platform_connection_budget_exceeded_total', {});
      return;
    case 'quota.forecast':
      metrics.increment('platform_quota_forecast_warnings_total', {});
      return;
    case 'rate_limit.exceeded':
      metrics.increment('freehold_rate_limited_total', { rule: event.rule });
      return;
    case 'redis.lost':
    case 'redis.connected':
      metrics.set('freehold_redis_up', {}, event.name === 'redis.connected' ? 1 : 0);
      return;
    case 'cluster.probe_failed':
      metrics.increment('freehold_cluster_probe_failures_total', { cluster_id: event.clusterId });
      return;
    case 'cluster.capacity_exhausted':
      metrics.increment('freehold_cluster_capacity_exhausted_total', {});
      return;
    case 'reconciler.drift':
      metrics.increment('freehold_reconciler_drift_total', { drift: event.drift, is_mended: String(event.isMended) });
      return;
    case 'legacy.user_done':
      metrics.increment('freehold_legacy_users_total', { mode: event.mode, outcome: event.outcome });
      return;
    case 'delivery.attempted':
      metrics.increment('freehold_event_deliveries_total', { channel: event.channel, outcome: event.outcome });
      return;
    case 'job.failed':
      metrics.increment('freehold_job_failures_total', { job: event.job });
      return;
    case 'operation.resumed':
      metrics.increment('freehold_operations_resumed_total', { kind: event.kind });
      return;
    case 'operation.step_failed':
      metrics.increment('freehold_operation_step_failures_total', { kind: event.kind, step: event.step });
      return;
    case 'operation.ended':
      metrics.observe('freehold_operation_duration_seconds', { kind: event.kind, outcome: event.outcome }, event.milliseconds / 1000);
      if (event.outcome !== 'succeeded') return;
      if (event.kind === 'database.create') metrics.increment('platform_databases_created_total', {});
      if (event.kind === 'database.delete') metrics.increment('platform_databases_deleted_total', {});
  }
}

/** `operationId` is `operation_id` in the log, as in the API. */
function inSnakeCase(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name.replace(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`), value]));
}
