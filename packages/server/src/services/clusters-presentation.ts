// A cluster of the register as the API shows it. Its URI is never shown.
import type { Cluster as ShownCluster, ClusterState } from '@freehold/api';
import type { ClusterProbe, ClusterRecord } from '../ports/clusters.js';

/** Draining is what an operator wants, and stands before what is found. */
export function stateOf({ acceptsNewDatabases, probe }: Pick<ClusterRecord, 'acceptsNewDatabases' | 'probe'>): ClusterState {
  if (!acceptsNewDatabases) return 'draining';
  return probe === null || probe.errorCode === null ? 'active' : 'unreachable';
}

function presentProbe({ at, latencyMilliseconds, errorCode }: ClusterProbe): ShownCluster['last_probe'] {
  return { at: at.toISOString(), succeeded: errorCode === null, latency_ms: latencyMilliseconds, error_code: errorCode };
}

/** `hosts`: those that the URI names. */
export function presentCluster(record: ClusterRecord, hosts: readonly string[]): ShownCluster {
  const { measurement, probe } = record;
  return {
    id: record.id,
    name: record.name,
    state: stateOf(record),
    hosts: [...hosts],
    public_host: record.publicHosts,
    holds_control_database: record.uriEncrypted === null,
    kind: measurement?.kind ?? null,
    version: measurement?.version ?? null,
    database_count: Math.max(0, record.userCount - record.foreignUserCount),
    capacity: {
      users: { used: record.userCount, max: record.userLimit },
      bytes: { used: measurement?.bytes ?? null, max: record.byteLimit },
      connections: { used: measurement?.connections ?? null, max: record.connectionLimit },
    },
    measured_at: measurement?.at.toISOString() ?? null,
    last_probe: probe === null ? null : presentProbe(probe),
    created_at: record.createdAt?.toISOString() ?? null,
  };
}
