// How often and how fast a step is tried again.

export interface RetryPolicy {
  /** Attempts in one run, before the operation is undone or left for later. */
  readonly attemptsPerRun: number;
  readonly firstDelayMilliseconds: number;
  readonly longestDelayMilliseconds: number;
  /** How long a suspended operation rests at least, and at most. */
  readonly firstRestMilliseconds: number;
  readonly longestRestMilliseconds: number;
  /**
   * How long an operation that could be taken back waits for something that answers, but not as it should. An outage is waited for
   * however long it takes: taking back would need what is away as well.
   */
  readonly patienceMilliseconds: number;
}

export const defaultRetryPolicy: RetryPolicy = {
  attemptsPerRun: 4,
  firstDelayMilliseconds: 100,
  longestDelayMilliseconds: 2_000,
  firstRestMilliseconds: 1_000,
  longestRestMilliseconds: 60_000,
  patienceMilliseconds: 3_600_000,
};

function doubled(first: number, longest: number, times: number): number {
  return Math.min(longest, first * 2 ** Math.min(times, 30));
}

/** The pause after the `attempt`-th failed attempt of a run, counted from 1. */
export function delayAfter(policy: RetryPolicy, attempt: number): number {
  return doubled(policy.firstDelayMilliseconds, policy.longestDelayMilliseconds, attempt - 1);
}

/** How long an operation rests after its step has failed `attempts` times in all. */
export function restAfter(policy: RetryPolicy, attempts: number): number {
  return doubled(policy.firstRestMilliseconds, policy.longestRestMilliseconds, Math.max(0, Math.floor(attempts / policy.attemptsPerRun) - 1));
}
