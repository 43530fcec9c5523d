// Every metric of the control plane, declared in one table (R5.1), and the registry that Prometheus reads.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry, type GaugeConfiguration } from 'prom-client';

interface MetricDefinition {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Of a histogram, in seconds. */
  readonly buckets?: readonly number[];
}

const requestBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
const operationBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800] as const;

export const metricDefinitions = {
  freehold_http_request_duration_seconds: { kind: 'histogram', help: 'Time from the first byte of a request to the last of its answer.', labels: ['method', 'route', 'status'], buckets: requestBuckets },
  freehold_operation_duration_seconds: { kind: 'histogram', help: 'Time of an operation from its start to its end, or until it rests.', labels: ['kind', 'outcome'], buckets: operationBuckets },
  freehold_operation_step_failures_total: { kind: 'counter', help: 'Failed attempts at steps of operations.', labels: ['kind', 'step'] },
  freehold_event_deliveries_total: { kind: 'counter', help: 'Attempts at sending events to webhooks and by e-mail, by what became of them: delivered, pending (tried again), failed (given up).', labels: ['channel', 'outcome'] },
  freehold_operations_resumed_total: { kind: 'counter', help: 'Operations taken up after their process went away.', labels: ['kind'] },
  platform_databases_created_total: { kind: 'counter', help: 'Databases created.', labels: [] },
  platform_databases_deleted_total: { kind: 'counter', help: 'Databases deleted by their owners; their data is kept for a while.', labels: [] },
  platform_databases_per_user: { kind: 'gauge', help: 'Databases of the users that have most of them.', labels: ['user_id'] },
  platform_database_size_bytes: { kind: 'gauge', help: 'Stored bytes, indexes included, of the largest databases.', labels: ['user_id', 'database_id'] },
  platform_database_connections: { kind: 'gauge', help: 'Open connections of the databases that have most of them.', labels: ['user_id', 'database_id'] },
  platform_connection_budget_exceeded_total: { kind: 'counter', help: 'Databases that went above their connection budget.', labels: [] },
  platform_databases_above_connection_budget: { kind: 'gauge', help: 'Databases, of those that have most connections, that are above their connection budget now.', labels: ['cluster_id'] },
  platform_quota_violations_total: { kind: 'counter', help: 'Requests refused by a quota, and databases that have grown over one.', labels: ['quota'] },
  platform_quota_warnings_total: { kind: 'counter', help: 'Databases that have filled so many percent of what they may hold.', labels: ['level'] },
  platform_quota_forecast_warnings_total: { kind: 'counter', help: 'Databases found once a day that will have filled their quota within a week.', labels: [] },
  freehold_rate_limited_total: { kind: 'counter', help: 'Requests refused by a rate limit.', labels: ['rule'] },
  freehold_redis_up: { kind: 'gauge', help: '1 while Redis answers, 0 while it is away; absent without Redis.', labels: [] },
  freehold_cluster_capacity_exhausted_total: { kind: 'counter', help: 'Databases that no cluster had room for.', labels: [] },
  freehold_cluster_mongodb_users: { kind: 'gauge', help: 'MongoDB users of a cluster.', labels: ['cluster_id'] },
  freehold_cluster_mongodb_user_limit: { kind: 'gauge', help: 'MongoDB users that a cluster is to have at most.', labels: ['cluster_id'] },
  freehold_cluster_databases: { kind: 'gauge', help: 'Databases on a cluster, those whose deletion can still be undone included.', labels: ['cluster_id'] },
  freehold_cluster_bytes: { kind: 'gauge', help: 'Stored bytes of all databases of a cluster.', labels: ['cluster_id'] },
  freehold_cluster_byte_limit: { kind: 'gauge', help: 'Stored bytes from which on a cluster takes no more databases; absent without a limit.', labels: ['cluster_id'] },
  freehold_cluster_connections: { kind: 'gauge', help: 'Open connections of a cluster, as the server that answers counts them.', labels: ['cluster_id'] },
  freehold_cluster_connection_limit: { kind: 'gauge', help: 'Open connections from which on a cluster takes no more databases; absent without a limit.', labels: ['cluster_id'] },
  freehold_cluster_up: { kind: 'gauge', help: '1 where a cluster answered when it was last looked at, else 0.', labels: ['cluster_id'] },
  freehold_cluster_probe_failures_total: { kind: 'counter', help: 'Looks at a cluster, by this replica, that it did not answer.', labels: ['cluster_id'] },
  freehold_cluster_accepts_databases: { kind: 'gauge', help: '1 where new databases may be placed on a cluster, 0 while it is draining.', labels: ['cluster_id'] },
  freehold_reconciler_drift_total: { kind: 'counter', help: 'Differences found between what is written, what a cluster has and what apps were given.', labels: ['drift', 'is_mended'] },
  freehold_drift_findings: { kind: 'gauge', help: 'Differences that the last run of the reconciler over everything found, by kind, mended or not.', labels: ['kind'] },
  freehold_reconcile_last_run_timestamp_seconds: { kind: 'gauge', help: 'When the last run of the reconciler over everything ended, in seconds since 1970; absent before the first.', labels: [] },
  freehold_reconcile_unreachable_clusters: { kind: 'gauge', help: 'Clusters that did not answer the last run of the reconciler over everything.', labels: [] },
  freehold_legacy_users_total: { kind: 'counter', help: 'Legacy users that a run is done with.', labels: ['mode', 'outcome'] },
  freehold_job_failures_total: { kind: 'counter', help: 'Failed runs of scheduled jobs.', labels: ['job'] },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof metricDefinitions;
type NamesOf<Kind extends MetricDefinition['kind']> = { [Name in MetricName]: (typeof metricDefinitions)[Name]['kind'] extends Kind ? Name : never }[MetricName];
type LabelsOf<Name extends MetricName> = Readonly<Record<(typeof metricDefinitions)[Name]['labels'][number], string | number>>;

export interface Metrics {
  increment<Name extends NamesOf<'counter'>>(name: Name, labels: LabelsOf<Name>): void;
  set<Name extends NamesOf<'gauge'>>(name: Name, labels: LabelsOf<Name>, value: number): void;
  /** Sets these series, and ends all others of the metric. */
  replace<Name extends NamesOf<'gauge'>>(name: Name, series: readonly { readonly labels: LabelsOf<Name>; readonly value: number }[]): void;
  observe<Name extends NamesOf<'histogram'>>(name: Name, labels: LabelsOf<Name>, seconds: number): void;
  /** In Prometheus' text format. */
  expose(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** A gauge that is absent until it is set: prom-client starts one without labels at zero, which reads as a measurement. */
function gaugeWithoutValue(configuration: GaugeConfiguration<string>): Gauge {
  const gauge = new Gauge(configuration);
  if (configuration.labelNames?.length === 0) gauge.remove();
  return gauge;
}

/** Builds a registry with every metric of the table, and Node's own where asked for. */
export function createMetrics(options: { readonly withProcessMetrics: boolean }): Metrics {
  const registry = new Registry();
  if (options.withProcessMetrics) collectDefaultMetrics({ register: registry });
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  for (const [name, definition] of Object.entries<MetricDefinition>(metricDefinitions)) {
    const { kind, help, labels, buckets = [] } = definition;
    const configuration = { name, help, labelNames: [...labels], registers: [registry] };
    if (kind === 'counter') counters.set(name, new Counter(configuration));
    else if (kind === 'gauge') gauges.set(name, gaugeWithoutValue(configuration));
    else histograms.set(name, new Histogram({ ...configuration, buckets: [...buckets] }));
  }
  return {
    increment: (name, labels) => counters.get(name)!.inc(labels),
    set: (name, labels, value) => gauges.get(name)!.set(labels, value),
    replace: (name, series) => {
      const gauge = gauges.get(name)!;
      gauge.reset();
      for (const { labels, value } of series) gauge.set(labels, value);
    },
    observe: (name, labels, seconds) => histograms.get(name)!.observe(labels, seconds),
    expose: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}
