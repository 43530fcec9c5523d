// A real cluster whose calls fail when a test says so.
import type { Cluster, ClusterDirectory } from '../ports/cluster.js';

export type ClusterMethod = 'createDatabaseUser' | 'findDatabaseUser' | 'findDatabaseUsers' | 'setPassword' | 'setRoles' | 'ensureOverQuotaRole' | 'dropOverQuotaRole' | 'dropDatabaseUser' | 'proveCredential' | 'canLogIn' | 'tagDatabaseUser' | 'dropDatabase' | 'databaseSize' | 'collectionSizes' | 'connectionsByUser';

/** Called before each call of the cluster's; what it throws is the answer. */
export type Fault = (method: ClusterMethod) => void;

/** The directory's clusters, with faults. */
export function withFaults(clusters: ClusterDirectory, fault: Fault): ClusterDirectory {
  return {
    cluster: async (clusterId) => {
      const cluster = await clusters.cluster(clusterId);
      const guarded = new Proxy(cluster, {
        get: (target, property) => {
          const member: unknown = Reflect.get(target, property, target);
          if (typeof member !== 'function') return member;
          return async (...values: unknown[]): Promise<unknown> => {
            fault(property as ClusterMethod);
            return (member as (...given: unknown[]) => Promise<unknown>).apply(target, values);
          };
        },
      });
      return guarded satisfies Cluster;
    },
  };
}
