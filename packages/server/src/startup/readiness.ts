// What `/readyz` looks at.
import type { Db } from 'mongodb';
import { checkDiskRoom } from '../adapters/filesystem/disk-room.js';
import { probeWrites } from '../adapters/mongodb/write-probe.js';
import type { RedisConnection } from '../adapters/redis/connection.js';
import type { ClusterStore } from '../ports/clusters.js';
import type { Keyring } from '../ports/keyring.js';
import { NotReady, type ReadinessProbe } from '../ports/readiness.js';

export interface ReadinessParts {
  readonly db: Db;
  readonly clusters: Pick<ClusterStore, 'list'>;
  readonly keyring: Pick<Keyring, 'encrypt' | 'decrypt'>;
  readonly dataDirectory: string;
  /** The engine inside keeps everything there. */
  readonly hasEngine: boolean;
  readonly redis: RedisConnection | undefined;
}

/** An open answer costs one write in this time, however many ask. */
const writesShared_ms = 2_000;
/** What the engine needs to begin a write that makes room. */
const leastDiskBytes = 32 * 1024 * 1024;

export function readinessProbes({ db, clusters, keyring, dataDirectory, hasEngine, redis }: ReadinessParts): readonly ReadinessProbe[] {
  const checkClusters = async (): Promise<void> => {
    const all = await clusters.list();
    // A cluster that was never tried is none that failed.
    const away = all.filter(({ probe }) => probe !== null && probe.errorCode !== null).length;
    if (away > 0) throw new NotReady(`${away} of ${all.length} cannot be used`);
  };
  const checkKeyring = async (): Promise<void> => {
    const context = 'readiness';
    const opened = keyring.decrypt(keyring.encrypt('probe', context), context);
    if (opened !== 'probe') throw new NotReady('does not decrypt what it encrypts');
  };
  return [
    { name: 'control_database', check: probeWrites(db, writesShared_ms) },
    { name: 'keyring', check: checkKeyring },
    { name: 'data_directory', isRequired: hasEngine, check: () => checkDiskRoom(dataDirectory, leastDiskBytes) },
    { name: 'clusters', isRequired: false, check: checkClusters },
    ...(redis === undefined ? [] : [{ name: 'redis', isRequired: false, check: () => (redis.client.status === 'ready' ? Promise.resolve() : Promise.reject(new NotReady('does not answer'))) }]),
  ];
}
