// Clusters as people of a terminal see them, and as they write them.
import type { Cluster } from '@freehold/api';
import type { OptionDefinition, OptionValues } from './command.js';
import { fields, megabytes, when } from './present.js';

const bytesPerMegabyte = 1024 * 1024;

function inMegabytes(bytes: number): string {
  return megabytes(bytes / bytesPerMegabyte);
}

/** `12 of 1000`, `12` without a limit, `?` where it was not measured. */
export function usedOf({ used, max }: { readonly used: number | null; readonly max: number | null }, show: (value: number) => string = String): string {
  const shown = used === null ? '?' : show(used);
  return max === null ? shown : `${shown} of ${show(max)}`;
}

export function storageOf({ capacity }: Cluster): string {
  return usedOf(capacity.bytes, inMegabytes);
}

function lastProbe({ last_probe: probe }: Cluster): string {
  if (probe === null) return 'never';
  return `${when(probe.at)}: ${probe.succeeded ? `answered in ${probe.latency_ms} ms` : `failed (${probe.error_code})`}`;
}

export function describeCluster(cluster: Cluster): string {
  const { capacity } = cluster;
  return fields({
    id: cluster.id, name: cluster.name, state: cluster.state, hosts: cluster.hosts.join(', '), 'public hosts': cluster.public_host, kind: cluster.kind, version: cluster.version,
    'control database': cluster.holds_control_database ? 'here' : null, databases: cluster.database_count, users: usedOf(capacity.users), storage: storageOf(cluster),
    connections: usedOf(capacity.connections), measured: cluster.measured_at === null ? 'never' : when(cluster.measured_at), 'last probe': lastProbe(cluster),
    registered: cluster.created_at === null ? null : when(cluster.created_at),
  });
}

/** What both registering and changing a cluster take. */
export const clusterOptions: readonly OptionDefinition[] = [
  { flags: '--uri-stdin', description: 'read the connection URI from standard input' },
  { flags: '--public-host <hosts>', description: 'host:port (or several, comma-separated) that connection URIs name instead' },
  { flags: '--max-users <count>', description: 'MongoDB users it is to have at most, one for each database' },
  { flags: '--max-mb <megabytes>', description: 'stored megabytes from which on it takes no more databases' },
  { flags: '--max-connections <count>', description: 'open connections from which on it takes no more databases' },
];

/** The fields that the options name; numbers that are none are left to the platform to refuse. */
export function clusterFields(options: OptionValues): { readonly public_host?: string; readonly max_users?: number; readonly max_bytes?: number; readonly max_connections?: number } {
  const { publicHost, maxUsers, maxMb, maxConnections } = options;
  return {
    ...(typeof publicHost === 'string' ? { public_host: publicHost } : {}),
    ...(typeof maxUsers === 'string' ? { max_users: Number(maxUsers) } : {}),
    ...(typeof maxMb === 'string' ? { max_bytes: Math.round(Number(maxMb) * bytesPerMegabyte) } : {}),
    ...(typeof maxConnections === 'string' ? { max_connections: Number(maxConnections) } : {}),
  };
}
