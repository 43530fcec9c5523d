// Walks over all owners of databases that replicas share: a page after the other, each page by whichever replica takes it.

export type SharedWalkName = 'sizes' | 'quotas';

/** One walk over all owners. */
export interface WalkRound {
  readonly startedAt: Date;
  readonly previousStartedAt: Date | null;
  /** The last owner of the pages taken so far; null: none was taken. */
  readonly afterUserId: string | null;
  readonly isDone: boolean;
}

export interface SharedWalks {
  /** Undefined: there never was one. */
  round(walk: SharedWalkName): Promise<WalkRound | undefined>;
  /** False: another replica was faster. */
  advance(walk: SharedWalkName, from: WalkRound | undefined, to: WalkRound): Promise<boolean>;
}
