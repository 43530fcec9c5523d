// Follows the register of clusters in this replica: connections to clusters that were removed or are reached another way are closed, and
// what the register says of each is published as metrics (R5.1). Every replica publishes the same.
import type { ClusterRecord } from '../ports/clusters.js';
import type { ControlStores } from '../ports/control-database.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Job } from './job.js';

export interface FollowRegisterDependencies {
  readonly control: Pick<ControlStores, 'clusters'>;
  readonly directory: { refresh(list: () => Promise<readonly ClusterRecord[]>): Promise<void> };
  readonly metrics: Pick<Metrics, 'replace'>;
}

/** As many clusters have series: those with least room for users. */
export const largestClusterSeriesCount = 500;

type ClusterGauge =
  | 'freehold_cluster_up' | 'freehold_cluster_accepts_databases' | 'freehold_cluster_databases' | 'freehold_cluster_mongodb_users' | 'freehold_cluster_mongodb_user_limit'
  | 'freehold_cluster_bytes' | 'freehold_cluster_byte_limit' | 'freehold_cluster_connections' | 'freehold_cluster_connection_limit';

/** Null: there is no such series of this cluster. */
const gauges: Readonly<Record<ClusterGauge, (record: ClusterRecord) => number | null>> = {
  freehold_cluster_up: ({ probe }) => (probe === null ? null : Number(probe.errorCode === null)),
  freehold_cluster_accepts_databases: ({ acceptsNewDatabases }) => Number(acceptsNewDatabases),
  freehold_cluster_databases: ({ userCount, foreignUserCount }) => Math.max(0, userCount - foreignUserCount),
  freehold_cluster_mongodb_users: ({ measurement }) => measurement?.users ?? null,
  freehold_cluster_mongodb_user_limit: ({ userLimit }) => userLimit,
  freehold_cluster_bytes: ({ measurement }) => measurement?.bytes ?? null,
  freehold_cluster_byte_limit: ({ byteLimit }) => byteLimit,
  freehold_cluster_connections: ({ measurement }) => measurement?.connections ?? null,
  freehold_cluster_connection_limit: ({ connectionLimit }) => connectionLimit,
};

function publish(metrics: Pick<Metrics, 'replace'>, records: readonly ClusterRecord[]): void {
  const share = ({ userCount, userLimit }: ClusterRecord): number => userCount / Math.max(1, userLimit);
  const shown = [...records].sort((a, b) => share(b) - share(a)).slice(0, largestClusterSeriesCount);
  for (const [name, valueOf] of Object.entries(gauges) as [ClusterGauge, (typeof gauges)[ClusterGauge]][]) {
    metrics.replace(name, shown.flatMap((record) => {
      const value = valueOf(record);
      return value === null ? [] : [{ labels: { cluster_id: record.id }, value }];
    }));
  }
}

export function followRegister({ control, directory, metrics }: FollowRegisterDependencies): Job {
  return {
    name: 'follow_register',
    everyMilliseconds: 5_000,
    run: async () => {
      let records: readonly ClusterRecord[] = [];
      await directory.refresh(async () => {
        records = await control.clusters.list();
        return records;
      });
      publish(metrics, records);
    },
  };
}
