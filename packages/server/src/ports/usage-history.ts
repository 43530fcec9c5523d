// Sizes of databases over time, and how far the round that takes them has come, so that replicas share the work.
import type { SampleResolutionName, UsageSample } from '../domain/usage-sampling.js';

export interface DatabaseSample extends UsageSample {
  readonly databaseId: string;
}

/** One walk over all owners, a page after the other, each page by whichever replica takes it. */
export interface CollectionRound {
  /** Its samples carry this time. */
  readonly startedAt: Date;
  readonly previousStartedAt: Date | null;
  /** The last owner of the pages taken so far; null: none was taken. */
  readonly afterUserId: string | null;
  readonly isDone: boolean;
}

export interface UsageHistory {
  /** Keeps samples at these resolutions for as long as each says; the same samples again change nothing. */
  record(samples: readonly DatabaseSample[], resolutions: readonly SampleResolutionName[]): Promise<void>;
  /** What is kept of a database since a time, at every resolution, oldest first. */
  samplesOf(databaseId: string, since: Date): Promise<Readonly<Record<SampleResolutionName, readonly UsageSample[]>>>;
  /** Undefined: there never was one. */
  round(): Promise<CollectionRound | undefined>;
  /** False: another replica was faster. */
  advance(from: CollectionRound | undefined, to: CollectionRound): Promise<boolean>;
}
