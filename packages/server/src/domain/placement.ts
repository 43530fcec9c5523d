// On which cluster a new database goes (R1.7).

/** What placement knows of a cluster. */
export interface ClusterRoom {
  readonly clusterId: string;
  /** MongoDB users on it that count against the limit, reservations included. */
  readonly userCount: number;
  readonly userLimit: number;
  readonly acceptsNewDatabases: boolean;
}

/** The clusters that have room, those with most of it first; ties in the order of their ids, so that it is predictable. */
export function clustersByRoom(clusters: readonly ClusterRoom[]): readonly ClusterRoom[] {
  const room = (cluster: ClusterRoom): number => cluster.userLimit - cluster.userCount;
  return clusters
    .filter((cluster) => cluster.acceptsNewDatabases && room(cluster) > 0)
    .sort((a, b) => room(b) - room(a) || (a.clusterId < b.clusterId ? -1 : 1));
}
