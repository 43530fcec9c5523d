// Looks at every cluster once a minute, at one that did not answer every 10 seconds: whether it answers, and what it holds, for placement,
// for operators and for metrics (R1.7, R5.1). Replicas share the work: each look is taken by one of them.
import type { Clock } from '../ports/clock.js';
import type { ClusterDirectory } from '../ports/cluster.js';
import type { ClusterMeasurement, ClusterProbe, ClusterRecord } from '../ports/clusters.js';
import type { ControlDatabase, ControlStores } from '../ports/control-database.js';
import type { EventSink } from '../ports/events.js';
import { PermanentFailure, TransientFailure } from '../ports/failures.js';
import { KeyringError } from '../ports/keyring.js';
import type { Job } from './job.js';

export interface MeasureClustersDependencies {
  readonly control: Pick<ControlDatabase, 'clusters' | 'transaction'>;
  readonly clusters: ClusterDirectory;
  readonly clock: Pick<Clock, 'now'>;
  readonly events: EventSink;
}

const everyMilliseconds = 5_000;
const dueAfterMilliseconds = 60_000;
const dueAgainMilliseconds = 10_000;
const looksAtOnce = 8;

function dueAfter({ probe }: ClusterRecord): number {
  return probe === null || probe.errorCode === null ? dueAfterMilliseconds : dueAgainMilliseconds;
}

interface Look {
  readonly probe: ClusterProbe;
  readonly measurement?: ClusterMeasurement;
}

async function look({ clusters, clock }: MeasureClustersDependencies, clusterId: string): Promise<Look> {
  try {
    const cluster = await clusters.cluster(clusterId);
    const { kind, version, latencyMilliseconds } = await cluster.describe();
    const use = await cluster.measure();
    const at = clock.now();
    return { probe: { at, latencyMilliseconds, errorCode: null }, measurement: { at, kind, version, ...use } };
  } catch (error) {
    if (!(error instanceof TransientFailure || error instanceof PermanentFailure || error instanceof KeyringError)) throw error;
    return { probe: { at: clock.now(), latencyMilliseconds: null, errorCode: error.code } };
  }
}

interface Change {
  readonly type: 'cluster.unreachable' | 'cluster.reachable';
  readonly errorCode: string | null;
}

function changeSince({ probe: previous }: ClusterRecord, { probe: { errorCode } }: Look): Change | undefined {
  const wasAway = previous !== null && previous.errorCode !== null;
  if ((errorCode !== null) === wasAway) return undefined;
  return { type: errorCode === null ? 'cluster.reachable' : 'cluster.unreachable', errorCode };
}

/** Writes down a look that changes something, and in the same transaction tells of it: once, whichever replica looked. */
function writeChange({ control }: MeasureClustersDependencies, clusterId: string, found: Look): Promise<Change | undefined> {
  const { at } = found.probe;
  return control.transaction(async ({ clusters, outbox }: ControlStores) => {
    const before = await clusters.recordProbe(clusterId, found.probe, found.measurement);
    if (before === undefined) return undefined;
    const change = changeSince(before, found);
    if (change !== undefined) await outbox.record({ userId: null, type: change.type, at, data: { cluster_id: clusterId } });
    return change;
  });
}

function tell({ events }: MeasureClustersDependencies, clusterId: string, change: Change | undefined, { probe, measurement }: Look): void {
  if (probe.errorCode !== null) events.emit({ name: 'cluster.probe_failed', clusterId, errorCode: probe.errorCode });
  if (change?.type === 'cluster.unreachable') events.emit({ name: change.type, clusterId, errorCode: change.errorCode ?? 'UNKNOWN' });
  if (change?.type === 'cluster.reachable') events.emit({ name: change.type, clusterId });
  if (measurement !== undefined) events.emit({ name: 'cluster.measured', clusterId, users: measurement.users, bytes: measurement.bytes, connections: measurement.connections });
}

async function lookIfDue(dependencies: MeasureClustersDependencies, record: ClusterRecord): Promise<void> {
  const { control, clock } = dependencies;
  const now = clock.now();
  const before = new Date(now.getTime() - dueAfter(record));
  if (record.probe !== null && record.probe.at > before) return;
  if (!(await control.clusters.claimProbe(record.id, now, before))) return;
  const found = await look(dependencies, record.id);
  const isChange = changeSince(record, found) !== undefined;
  const change = isChange ? await writeChange(dependencies, record.id, found) : undefined;
  if (!isChange) await control.clusters.recordProbe(record.id, found.probe, found.measurement);
  tell(dependencies, record.id, change, found);
}

export function measureClusters(dependencies: MeasureClustersDependencies): Job {
  return {
    name: 'measure_clusters',
    everyMilliseconds,
    run: async (signal) => {
      const failures: unknown[] = [];
      const waiting = (await dependencies.control.clusters.list()).values();
      const worker = async (): Promise<void> => {
        for (const record of waiting) {
          if (signal.aborted) return;
          // One cluster that fails stops no other.
          await lookIfDue(dependencies, record).catch((error: unknown) => failures.push(error));
        }
      };
      await Promise.all(Array.from({ length: looksAtOnce }, worker));
      if (failures.length > 0) throw new AggregateError(failures, `${failures.length} clusters could not be looked at`);
    },
  };
}
