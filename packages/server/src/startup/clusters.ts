// The clusters of a start: the one that holds the control database, and those of the register.
import { MongoClusterDirectory, primaryClusterId } from '../adapters/mongodb/cluster-directory.js';
import { MongoCluster } from '../adapters/mongodb/cluster.js';
import type { ControlConnection } from '../adapters/mongodb/control-database.js';
import { ensureInstallationId } from '../adapters/mongodb/installation-store.js';
import { systemClock as clock } from '../adapters/system/clock.js';
import { systemIdentifiers as identifiers } from '../adapters/system/identifiers.js';
import type { Secret } from '../domain/secret.js';
import { followRegister } from '../jobs/follow-register.js';
import type { Job } from '../jobs/job.js';
import { measureClusters } from '../jobs/measure-clusters.js';
import type { EventSink } from '../ports/events.js';
import type { Keyring } from '../ports/keyring.js';
import type { Tracing } from '../ports/tracing.js';
import { createClusterService } from '../services/clusters.js';
import type { ClusterService } from '../services/contracts.js';
import type { Metrics } from '../telemetry/metrics.js';

/** The manual names no limit of users; about a thousand is what operators report as practical (R1.7). */
const defaultUserLimit = 1000;

export interface ClusterParts {
  /** Of the cluster that holds the control database. */
  readonly uri: Secret;
  readonly publicHosts: string | undefined;
  readonly connection: ControlConnection;
  readonly keyring: Keyring;
  readonly events: EventSink;
  readonly metrics: Metrics;
  /** Absent: nothing is traced. */
  readonly tracing: Tracing | undefined;
}

export interface Clusters {
  readonly directory: MongoClusterDirectory;
  readonly service: ClusterService;
  readonly jobs: readonly Job[];
}

export async function buildClusters({ uri, publicHosts, connection, keyring, events, metrics, tracing }: ClusterParts): Promise<Clusters> {
  const { control } = connection;
  const installationId = await ensureInstallationId(connection.db, () => identifiers.uuid());
  const primary = new MongoCluster({ id: primaryClusterId, installationId, tracing, uri: uri.reveal(), ...(publicHosts === undefined ? {} : { publicHosts }) });
  const directory = new MongoClusterDirectory({ store: control.clusters, keyring, primary, installationId, tracing });
  await control.clusters.ensure({ id: primaryClusterId, name: 'primary', uriEncrypted: null, userLimit: defaultUserLimit, userCount: 0, acceptsNewDatabases: true });
  return {
    directory,
    service: createClusterService({ control, clusters: directory, connector: directory, keyring, clock, identifiers, events }),
    jobs: [followRegister({ control, directory, metrics }), measureClusters({ control, clusters: directory, clock, events })],
  };
}
