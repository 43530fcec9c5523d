// Counts the MongoDB users of every cluster, for the metric and its alert (R1.7, R5.1).
import type { ClusterDirectory } from '../ports/cluster.js';
import type { ControlStores } from '../ports/control-database.js';
import type { EventSink } from '../ports/events.js';
import type { Job } from './job.js';

export interface CountClusterUsersDependencies {
  readonly control: Pick<ControlStores, 'clusters'>;
  readonly clusters: ClusterDirectory;
  readonly events: EventSink;
}

export function countClusterUsers({ control, clusters, events }: CountClusterUsersDependencies): Job {
  return {
    name: 'count_cluster_users',
    everyMilliseconds: 60_000,
    run: async () => {
      await Promise.all((await control.clusters.list()).map(async ({ id, userLimit }) => {
        const cluster = await clusters.cluster(id);
        events.emit({ name: 'cluster.user_count', clusterId: id, userCount: await cluster.countUsers(), userLimit });
      }));
    },
  };
}
