// On which cluster a new database goes (R1.7).

/** What placement knows of a cluster. A limit that is null is none; a use that is null is not known, and stands in nobody's way. */
export interface ClusterRoom {
  readonly clusterId: string;
  /** MongoDB users on it that count against the limit, reservations included. */
  readonly userCount: number;
  readonly userLimit: number;
  /** As last measured. */
  readonly bytes: number | null;
  readonly byteLimit: number | null;
  /** As last measured. */
  readonly connections: number | null;
  readonly connectionLimit: number | null;
  /** False: it is draining. */
  readonly acceptsNewDatabases: boolean;
  /** False: it did not answer when it was last asked. */
  readonly isReachable: boolean;
}

export interface Placement {
  /** Ids of the clusters that have room, the emptiest first. */
  readonly clusterIds: readonly string[];
  /** A cluster with room is left out because it does not answer: there may be room again soon. */
  readonly isHeldUp: boolean;
}

function share(used: number | null, limit: number | null): number {
  return limit === null ? 0 : (used ?? 0) / limit;
}

/** How full a cluster is, as the share of whichever limit is nearest: 1 is full. */
export function fullness({ userCount, userLimit, bytes, byteLimit, connections, connectionLimit }: ClusterRoom): number {
  return Math.max(userLimit === 0 ? 1 : share(userCount, userLimit), share(bytes, byteLimit), share(connections, connectionLimit));
}

/**
 * Spreads databases by room: the cluster of the smallest share first; of two, the one with room for more users; ties in the order
 * of their ids, so that it is predictable. Users are counted by the reservation itself, bytes and connections as last measured.
 */
export function placeDatabase(clusters: readonly ClusterRoom[]): Placement {
  const roomForUsers = ({ userCount, userLimit }: ClusterRoom): number => userLimit - userCount;
  const withRoom = clusters.filter((cluster) => cluster.acceptsNewDatabases && fullness(cluster) < 1);
  const clusterIds = withRoom.filter(({ isReachable }) => isReachable)
    .sort((a, b) => fullness(a) - fullness(b) || roomForUsers(b) - roomForUsers(a) || (a.clusterId < b.clusterId ? -1 : 1))
    .map(({ clusterId }) => clusterId);
  return { clusterIds, isHeldUp: clusterIds.length < withRoom.length };
}
