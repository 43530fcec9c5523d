// The register of clusters, in the control database (R1.7).
import type { ClusterRoom } from '../domain/placement.js';

export interface ClusterRecord {
  readonly id: string;
  readonly name: string;
  /** Envelope of the keyring; null: the cluster the control plane was started with. */
  readonly uriEncrypted: string | null;
  readonly userLimit: number;
  readonly userCount: number;
  readonly acceptsNewDatabases: boolean;
}

export interface ClusterStore {
  /** Registers the cluster if its id is not there yet; what is there stays as it is. */
  ensure(record: ClusterRecord): Promise<void>;
  find(clusterId: string): Promise<ClusterRecord | undefined>;
  list(): Promise<readonly ClusterRecord[]>;
  /** What placement needs to know, of every cluster. */
  rooms(): Promise<readonly ClusterRoom[]>;
  /** Reserves room for one MongoDB user. False: there was none left. Atomic, so that the limit holds under concurrency. */
  claimUser(clusterId: string): Promise<boolean>;
  /** Gives one reservation back; never below zero. */
  releaseUser(clusterId: string): Promise<void>;
  /** Puts the count right, after counting; false: reservations came or went since it was `from`. */
  correctUserCount(clusterId: string, from: number, to: number): Promise<boolean>;
}
