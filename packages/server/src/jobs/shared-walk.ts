// A walk over all owners that replicas share. A round begins when its period does, and each of its pages is for the replica that takes it.
// No page is leased: what a replica took and did not finish, because it died or its cluster is slow, is taken by another in the next
// round, and until then holds nobody up.
import type { DatabaseOwner } from '../domain/database-entry.js';
import type { Clock } from '../ports/clock.js';
import type { SharedWalkName, SharedWalks, WalkRound } from '../ports/shared-walks.js';

export interface SharedWalk {
  readonly name: SharedWalkName;
  readonly walks: SharedWalks;
  readonly clock: Pick<Clock, 'now'>;
  /** A round begins at each whole multiple of this, or when the one before is done, if that is later. */
  readonly periodMilliseconds: number;
  /** The next owners after one, in the order of their ids. */
  pageAfter(userId: string | null): Promise<readonly DatabaseOwner[]>;
}

export interface WalkPage {
  readonly round: WalkRound;
  readonly owners: readonly DatabaseOwner[];
}

/** Begins a round where one is due. Undefined: the last one is done, and the next is not due. */
async function currentRound({ name, walks, clock, periodMilliseconds }: SharedWalk): Promise<WalkRound | undefined> {
  const last = await walks.round(name);
  if (last !== undefined && !last.isDone) return last;
  const startedAt = new Date(Math.floor(clock.now().getTime() / periodMilliseconds) * periodMilliseconds);
  if (last !== undefined && startedAt <= last.startedAt) return undefined;
  const next: WalkRound = { startedAt, previousStartedAt: last?.startedAt ?? null, afterUserId: null, isDone: false };
  return (await walks.advance(name, last, next)) ? next : walks.round(name);
}

/** Takes page after page for this replica, until the round that it found, or began, is done. */
export async function* takePages(walk: SharedWalk, signal: AbortSignal): AsyncGenerator<WalkPage, void> {
  let startedAt: number | undefined;
  while (!signal.aborted) {
    // One after the other: where another replica was faster, this one looks again.
    const round = await currentRound(walk);
    startedAt ??= round?.startedAt.getTime();
    if (round === undefined || round.isDone || round.startedAt.getTime() !== startedAt) return;
    const owners = await walk.pageAfter(round.afterUserId);
    const last = owners.at(-1);
    const isTaken = await walk.walks.advance(walk.name, round, last === undefined ? { ...round, isDone: true } : { ...round, afterUserId: last.userId });
    if (isTaken && last !== undefined) yield { round, owners };
  }
}
