// What a copy works with, and what it keeps in memory while it runs: nothing of that is needed by whoever goes on after an interruption.
import { Turns } from '../journal/turns.js';
import type { Clock } from '../ports/clock.js';
import { keyOf, type DatabaseContents, type DocumentName } from '../ports/database-contents.js';
import type { CopyNotes } from './copy-notes.js';

/**
 * While a collection is copied, its changes are made in the copy too. A document that was read and is deleted before it arrives would come back: so
 * whoever copies asks here what has been deleted since the reading began. What comes after a deletion is told by later changes: leaving out is always right.
 */
export class Deletions {
  readonly #byCollection = new Map<string, Set<string>>();

  begin(collection: string): void {
    this.#byCollection.set(collection, new Set());
  }

  end(collection: string): void {
    this.#byCollection.delete(collection);
  }

  add({ collection, id }: DocumentName): void {
    this.#byCollection.get(collection)?.add(keyOf(id));
  }

  of(collection: string): ReadonlySet<string> {
    return this.#byCollection.get(collection) ?? new Set();
  }
}

export interface CopyParts {
  readonly source: DatabaseContents;
  readonly target: DatabaseContents;
  readonly notes: CopyNotes;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Copying and following take turns at a collection of the copy. */
  readonly turns: Turns;
  readonly deletions: Deletions;
  /** Collections of the copy that are known to have been made, with their options. */
  readonly made: Set<string>;
  /** Collections in one piece that have changed since their copy was begun. */
  readonly changed: Set<string>;
  /** Collections of the copy that have been made anew since comparing them was begun. */
  readonly madeAnew: Set<string>;
  /** Resolves when all is made that the source has acknowledged so far; null: nobody follows it. */
  readonly reach: (() => Promise<void>) | null;
}

export function copyParts(given: Pick<CopyParts, 'source' | 'target' | 'notes' | 'clock' | 'signal'>): CopyParts {
  return { ...given, turns: new Turns(), deletions: new Deletions(), made: new Set(), changed: new Set(), madeAnew: new Set(), reach: null };
}
