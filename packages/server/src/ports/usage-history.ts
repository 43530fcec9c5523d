// Sizes of databases over time.
import type { SampleResolutionName, UsageSample } from '../domain/usage-sampling.js';

export interface DatabaseSample extends UsageSample {
  readonly databaseId: string;
}

export interface UsageHistory {
  /** Keeps samples at these resolutions for as long as each says; the same samples again change nothing. */
  record(samples: readonly DatabaseSample[], resolutions: readonly SampleResolutionName[]): Promise<void>;
  /** What is kept of a database since a time, at every resolution, oldest first. */
  samplesOf(databaseId: string, since: Date): Promise<Readonly<Record<SampleResolutionName, readonly UsageSample[]>>>;
  /** Removes everything that is kept of a database. */
  forget(databaseId: string): Promise<void>;
}
