import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { controlCollections } from '../adapters/mongodb/control-collections.js';
import type { Cluster, ClusterDirectory } from '../ports/cluster.js';
import type { PlatformEvent } from '../ports/events.js';
import { TransientFailure } from '../ports/failures.js';
import { createMetrics } from '../telemetry/metrics.js';
import { movableClock, startControlPlane, type ControlPlane } from '../testing/control-plane.fixture.js';
import { followRegister, largestClusterSeriesCount } from './follow-register.js';
import { measureClusters } from './measure-clusters.js';

let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane();
});
afterAll(() => plane.stop());

const signal = new AbortController().signal;

/** The plane's clusters, asked through whatever the test puts before them; counts how often they were described. */
function watched(isAway: () => boolean): ClusterDirectory & { readonly looks: number } {
  let looks = 0;
  return {
    get looks() {
      return looks;
    },
    cluster: async (id) => {
      const cluster = await plane.clusters.cluster(id);
      return new Proxy(cluster, {
        get: (target, property) => {
          if (property !== 'describe') return Reflect.get(target, property, target) instanceof Function ? (Reflect.get(target, property, target) as () => unknown).bind(target) : Reflect.get(target, property, target);
          return (): ReturnType<Cluster['describe']> => {
            looks += 1;
            return isAway() ? Promise.reject(new TransientFailure('MongoServerSelectionError', 'away')) : target.describe();
          };
        },
      });
    },
  };
}

/** The types of what those who run the platform were told, the oldest first. */
async function told(): Promise<readonly unknown[]> {
  const documents = await plane.connection.db.collection(controlCollections.events).find({ stream: 'platform' }).sort({ sequence: 1 }).toArray();
  return documents.map(({ type }): unknown => type);
}

describe('measuring clusters', () => {
  it('looks once a minute however many replicas there are, more often while one is away, and tells each change once', async () => {
    const clock = movableClock();
    const events: PlatformEvent[] = [];
    let isAway = false;
    const clusters = watched(() => isAway);
    const { control } = plane.connection;
    const replicas = Array.from({ length: 3 }, () => measureClusters({ control, clusters, clock, events: { emit: (event) => void events.push(event) } }));
    const runAll = () => Promise.all(replicas.map((job) => job.run(signal)));
    await runAll();
    await runAll();
    expect(clusters.looks).toBe(1);
    const record = (await control.clusters.find('primary'))!;
    expect(record.probe).toMatchObject({ errorCode: null });
    expect(record.measurement).toMatchObject({ kind: 'replica_set', users: await plane.cluster.countUsers() });

    isAway = true;
    clock.advance(61_000);
    await runAll();
    expect((await control.clusters.find('primary'))).toMatchObject({ probe: { errorCode: 'MongoServerSelectionError' }, measurement: record.measurement });
    expect((await control.clusters.rooms())[0]).toMatchObject({ isReachable: false });
    await runAll();
    expect(clusters.looks).toBe(2);
    clock.advance(11_000);
    await runAll();
    isAway = false;
    clock.advance(11_000);
    await runAll();
    expect(clusters.looks).toBe(4);
    expect(events.map(({ name }) => name)).toEqual(['cluster.measured', 'cluster.probe_failed', 'cluster.unreachable', 'cluster.probe_failed', 'cluster.reachable', 'cluster.measured']);
    expect(await told()).toEqual(['cluster.unreachable', 'cluster.reachable']);
  });

  it('says of a cluster whose URI cannot be decrypted that it cannot be used, and goes on with the others', async () => {
    const { control } = plane.connection;
    await control.clusters.insert({ id: 'sealed', name: 'sealed', uriEncrypted: 'v1.k9.a.b.c', userLimit: 1, userCount: 0, acceptsNewDatabases: true });
    await measureClusters({ control, clusters: plane.clusters, clock: movableClock(), events: { emit: () => undefined } }).run(signal);
    expect((await control.clusters.find('sealed'))?.probe?.errorCode).toMatch(/^(unknown_key|malformed_envelope)$/u);
    await control.clusters.remove('sealed');
  });
});

describe('following the register', () => {
  const published = async (control: Parameters<typeof followRegister>[0]['control']): Promise<string> => {
    const metrics = createMetrics({ withProcessMetrics: false });
    await followRegister({ control, directory: plane.directory, metrics }).run(signal);
    return (await metrics.expose()).text;
  };

  it('publishes what each cluster holds and may hold', async () => {
    const { control } = plane.connection;
    await control.clusters.change('primary', { byteLimit: 1e12 });
    const text = await published(control);
    for (const [name, value] of [
      ['up', '1'], ['accepts_databases', '1'], ['databases', '0'], ['mongodb_users', '\\d+'], ['mongodb_user_limit', '1000'], ['bytes', '\\d+'], ['byte_limit', '1000000000000'], ['connections', '\\d+'],
    ]) expect(text).toMatch(new RegExp(`^freehold_cluster_${name}\\{cluster_id="primary"\\} ${value}$`, 'mu'));
    expect(text).not.toMatch(/^freehold_cluster_connection_limit\{/mu);
  });

  it('has series for so many clusters only, the fullest first', async () => {
    const template = (await plane.connection.control.clusters.find('primary'))!;
    const records = Array.from({ length: largestClusterSeriesCount + 50 }, (_, index) => ({ ...template, id: `c${index}`, userCount: index }));
    const text = await published({ clusters: { ...plane.connection.control.clusters, list: () => Promise.resolve(records) } });
    expect(text.match(/^freehold_cluster_up\{/gmu)).toHaveLength(largestClusterSeriesCount);
    expect(text).toContain(`freehold_cluster_up{cluster_id="c${largestClusterSeriesCount + 49}"}`);
    expect(text).not.toContain('freehold_cluster_up{cluster_id="c49"}');
  });
});
