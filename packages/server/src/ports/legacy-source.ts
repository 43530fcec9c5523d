// An earlier platform's control database that is not ours: users and apps are read there, and nothing is ever written to it. Settings hold how it is
// reached; requests and records name it.
import type { LegacyDocument, LegacyUserStore } from './legacy-users.js';

/** Its methods throw TransientFailure or PermanentFailure. */
export interface LegacySource extends Pick<LegacyUserStore, 'pageOfUnmigrated' | 'countUnmigrated' | 'danglingApps' | 'appsNamingDatabases'> {
  /** As the setting calls it. */
  readonly name: string;
  /** The registered cluster that holds these users' databases. */
  readonly clusterId: string;
  read(userId: string): Promise<LegacyDocument | undefined>;
  readMany(userIds: readonly string[]): Promise<ReadonlyMap<string, LegacyDocument>>;
  /** The user's apps in BSON, byte for byte. */
  appsOf(userId: string): Promise<readonly Buffer[]>;
}

/** The sources of the setting; each connects at its first use. */
export interface LegacySources {
  readonly names: readonly string[];
  find(name: string): LegacySource | undefined;
  close(): Promise<void>;
}

/** For a platform whose earlier users are all in its own control database. */
export const noLegacySources: LegacySources = { names: [], find: () => undefined, close: () => Promise.resolve() };
