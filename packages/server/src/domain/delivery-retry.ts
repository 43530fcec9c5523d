// When a delivery that failed is tried again: pauses grow fourfold from 5 seconds to 12 hours, each a fifth longer or shorter by
// chance so that what failed together does not come back together; three days after it fell due it is given up.

const firstPauseMs = 5_000;
const longestPauseMs = 12 * 60 * 60 * 1000;
const giveUpAfterMs = 3 * 24 * 60 * 60 * 1000;
const jitter = 0.2;

/** A webhook is switched off when it has failed for so long, and so often. */
const disableAfterMs = giveUpAfterMs;
const disableAfterFailures = 10;

/** The next attempt after so many; null: it is given up. `random` is in [0, 1). */
export function nextDeliveryAttempt(attemptCount: number, dueSince: Date, now: Date, random: number): Date | null {
  const pauseMs = Math.min(longestPauseMs, firstPauseMs * 4 ** Math.min(attemptCount - 1, 20));
  const at = now.getTime() + pauseMs * (1 - jitter + 2 * jitter * random);
  return at - dueSince.getTime() > giveUpAfterMs ? null : new Date(at);
}

/** Whether failures have lasted long enough to switch the webhook off. */
export function hasFailedForGood(failingSince: Date | null, failuresInARow: number, now: Date): boolean {
  return failingSince !== null && failuresInARow >= disableAfterFailures && now.getTime() - failingSince.getTime() >= disableAfterMs;
}
