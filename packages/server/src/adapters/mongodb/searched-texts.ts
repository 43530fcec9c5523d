// The texts of owners who search, in the memory of this process: who types into a search field asks again with every letter, and a read of
// all texts costs more the more databases there are. Each read of them is kept under the revision that the owner's totals name, which is
// another after every change: what is kept is never older than what the search has read of the totals.
import type { ObjectId } from 'mongodb';
import { LRUCache } from 'lru-cache';
import { parseTotals, totalsCollection, type StoredTotals } from './databases-rows.js';
import { readTexts, type TextsDocument } from './databases-texts.js';
import type { StoreSession, UserKey } from './store-session.js';

interface Kept {
  readonly revision: ObjectId;
  readonly texts: readonly TextsDocument[];
}

/** Characters that are kept, of all owners together: an owner of 10,000 databases has some 600,000. */
const keptCharacters = 32_000_000;

function charactersIn({ texts }: Kept): number {
  return texts.reduce((sum, { ids, names, descriptions }) => sum + ids.length + names.length + descriptions.length, 1);
}

export class SearchedTexts {
  readonly #kept = new LRUCache<string, Kept>({ maxSize: keptCharacters, sizeCalculation: charactersIn });

  /** The texts of an owner as they were at a revision, in their order; undefined: none are kept. */
  kept(user: UserKey): Kept | undefined {
    return this.#kept.get(String(user));
  }

  /** Reads all texts of an owner, as they are at these totals or later, and keeps them. */
  async read(at: StoreSession, user: UserKey, { texts_revision: revision }: StoredTotals): Promise<readonly TextsDocument[]> {
    const texts = await readTexts(at, user);
    // Only what was read between two sights of one revision is known to be of it.
    const after = parseTotals(await totalsCollection(at).findOne({ _id: user }));
    if (revision !== undefined && after?.texts_revision?.equals(revision) === true) this.#kept.set(String(user), { revision, texts });
    return texts;
  }
}
