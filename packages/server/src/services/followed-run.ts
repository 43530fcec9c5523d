// Follows a run that replicas share, for whoever watches it get on.
import type { Clock } from '../ports/clock.js';

export interface FollowedRun<Run extends { readonly id: string; readonly state: string }, Shown extends object> {
  readonly first: Run;
  readonly find: (id: string) => Promise<Run | undefined>;
  readonly present: (run: Run) => Shown;
  readonly clock: Clock;
  readonly pollMilliseconds: number;
}

/** The run as it is, and whenever it has got on, until its end. */
export async function* followedRun<Run extends { readonly id: string; readonly state: string }, Shown extends object>(
  { first, find, present, clock, pollMilliseconds }: FollowedRun<Run, Shown>, signal: AbortSignal,
): AsyncGenerator<Shown, void> {
  let shown = '';
  for (let run: Run | undefined = first; run !== undefined && !signal.aborted; run = await find(first.id)) {
    const current = present(run);
    const version = JSON.stringify({ ...current, updated_at: null });
    if (version !== shown) yield current;
    shown = version;
    if (run.state === 'done') return;
    // One look after the other: this waits for replicas to get on.
    await clock.sleep(pollMilliseconds, signal);
  }
}
