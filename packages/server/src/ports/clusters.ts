// The register of clusters, in the control database (R1.7).
import type { ClusterRoom } from '../domain/placement.js';
import type { ClusterKind } from './cluster.js';

/** The last look at a cluster, whether it answered or not. */
export interface ClusterProbe {
  readonly at: Date;
  /** Null: it did not answer. */
  readonly latencyMilliseconds: number | null;
  /** Why it cannot be used; null: it can. */
  readonly errorCode: string | null;
}

/** What a cluster held when it last answered; null where its administrator may not see it. */
export interface ClusterMeasurement {
  readonly at: Date;
  readonly kind: ClusterKind;
  readonly version: string;
  readonly users: number;
  readonly bytes: number | null;
  readonly connections: number | null;
}

/** What an operator says of a cluster. */
export interface ClusterSettings {
  readonly name: string;
  /** Envelope of the keyring; null: the cluster the control plane was started with. */
  readonly uriEncrypted: string | null;
  /** Of the URI, in lower case: no two clusters of the register share one. */
  readonly hosts: readonly string[];
  /** `host:port,…` that tenants' URIs name instead; null: those of the URI. */
  readonly publicHosts: string | null;
  readonly userLimit: number;
  readonly byteLimit: number | null;
  readonly connectionLimit: number | null;
  readonly acceptsNewDatabases: boolean;
}

export interface ClusterRecord extends ClusterSettings {
  readonly id: string;
  /** MongoDB users that count against the limit: databases, reservations, and users that are none of ours. */
  readonly userCount: number;
  /** How many of them are none of ours. */
  readonly foreignUserCount: number;
  /** Null: it was there from the start. */
  readonly createdAt: Date | null;
  readonly probe: ClusterProbe | null;
  readonly measurement: ClusterMeasurement | null;
}

/** The fields of a new record that have no default. */
export type NewClusterRecord = Pick<ClusterRecord, 'id' | 'name' | 'uriEncrypted' | 'userLimit' | 'userCount' | 'acceptsNewDatabases'> & Partial<ClusterRecord>;

/** Another cluster of the register has this id, or one of these hosts. */
export class ClusterTaken extends Error {
  override readonly name = 'ClusterTaken';

  constructor(readonly field: 'id' | 'hosts') {
    super(`another cluster has the same ${field}`);
  }
}

/** What stands in the way of removing a cluster. */
export interface ClusterReferences {
  /** Softly deleted ones aside. */
  readonly databases: number;
  readonly softlyDeleted: number;
  readonly openOperations: number;
  /** Room that was reserved for databases about to be made. */
  readonly reservations: number;
}

export interface ClusterStore {
  /** Registers the cluster if its id is not there yet; what is there stays as it is. */
  ensure(record: NewClusterRecord): Promise<void>;
  /** Throws ClusterTaken. */
  insert(record: NewClusterRecord): Promise<void>;
  find(clusterId: string): Promise<ClusterRecord | undefined>;
  list(): Promise<readonly ClusterRecord[]>;
  /** False: it is not registered. Throws ClusterTaken. */
  change(clusterId: string, change: Partial<ClusterSettings>): Promise<boolean>;
  /** Counts what refers to it; by index, however many databases there are elsewhere. */
  references(clusterId: string): Promise<ClusterReferences>;
  /** Takes it from the register. In one transaction with `references`, no claim can come in between. False: it was not there. */
  remove(clusterId: string): Promise<boolean>;
  /** Takes the next look at a cluster for this replica. False: another replica has looked, or is about to, since `before`. */
  claimProbe(clusterId: string, now: Date, before: Date): Promise<boolean>;
  /** Writes down a look, and, where it answered, what it holds. The record before it; undefined: it is not registered any more. */
  recordProbe(clusterId: string, probe: ClusterProbe, measurement?: ClusterMeasurement): Promise<ClusterRecord | undefined>;
  /** What placement needs to know, of every cluster. */
  rooms(): Promise<readonly ClusterRoom[]>;
  /** Reserves room for one MongoDB user. False: there was none left. Atomic, so that the limit holds under concurrency. */
  claimUser(clusterId: string): Promise<boolean>;
  /** Gives one reservation back; never below zero. */
  releaseUser(clusterId: string): Promise<void>;
  /** Puts the counts right, after counting; false: reservations came or went since it was `from`. */
  correctUserCount(clusterId: string, from: number, to: number, foreignUserCount: number): Promise<boolean>;
}
