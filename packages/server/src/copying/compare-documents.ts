// Compares the documents of a collection and of its copy while both change: both are read once, in the order of `_id`, and what is not the same is
// marked to be looked at again. What changes afterwards, on either side, is marked by those who read the histories (follow-changes.ts). Once nothing
// is marked any more, both sides are the same.
import { createHash } from 'node:crypto';
import { keyOf, type ContentDescription, type DocumentBatch, type DocumentName, type Mark } from '../ports/database-contents.js';
import { notedId, noteOf, type CollectionNote } from './copy-notes.js';
import type { CopyParts } from './copy-parts.js';

/** So many documents of one side are kept that the other has not shown yet. */
const mostUnmatched = 10_000;
const marksAtOnce = 1000;
/** So often, in documents, what was found is written down. */
const documentsPerNote = 20_000;
/** Collections whose marked documents are read at once. */
const collectionsAtOnce = 8;

interface Side {
  /** The next document, without taking it; undefined: there is none. */
  peek(): Promise<Uint8Array | undefined>;
  take(): void;
  close(): Promise<void>;
}

function sideOf(batches: AsyncIterable<DocumentBatch>): Side {
  const iterator = batches[Symbol.asyncIterator]();
  let [batch, at]: [DocumentBatch, number] = [[], 0];
  return {
    peek: async () => {
      while (at >= batch.length) {
        const next = await iterator.next();
        if (next.done === true) return undefined;
        [batch, at] = [next.value, 0];
      }
      return batch[at];
    },
    take: () => {
      at += 1;
    },
    close: async () => {
      await iterator.return?.();
    },
  };
}

/** What one side has shown and the other has not, by id. */
class Unmatched {
  readonly #digests = [new Map<string, { readonly id: Uint8Array; readonly digest: string }>(), new Map<string, { readonly id: Uint8Array; readonly digest: string }>()] as const;

  get size(): number {
    return this.#digests[0].size + this.#digests[1].size;
  }

  has(side: 0 | 1, id: Uint8Array): boolean {
    return this.#digests[side].has(keyOf(id));
  }

  /** False: the other side has shown another document of this id. */
  show(side: 0 | 1, id: Uint8Array, document: Uint8Array): boolean {
    const [key, digest] = [keyOf(id), createHash('sha256').update(document).digest('hex')];
    const other = this.#digests[side === 0 ? 1 : 0];
    const found = other.get(key);
    if (found === undefined) {
      this.#digests[side].set(key, { id: Buffer.from(id), digest });
      return true;
    }
    other.delete(key);
    return found.digest === digest;
  }

  takeAll(): readonly Uint8Array[] {
    const ids = this.#digests.flatMap((side) => [...side.values()].map(({ id }) => id));
    this.#digests.forEach((side) => side.clear());
    return ids;
  }
}

async function compareSides({ source, target, notes, signal }: CopyParts, note: CollectionNote, [here, there]: readonly [Side, Side]): Promise<void> {
  const collection = note.name;
  const unmatched = new Unmatched();
  let suspects: DocumentName[] = [];
  let matched: Uint8Array | undefined;
  const writeDown = async (): Promise<void> => {
    await target.mark([...suspects, ...unmatched.takeAll().map((id) => ({ collection, id }))]);
    suspects = [];
    // Both sides have been taken up to there.
    if (matched !== undefined) note.compared_id = noteOf(source.idOf(matched));
  };
  const show = (side: 0 | 1, id: Uint8Array | undefined, document: Uint8Array | undefined): void => {
    if (id === undefined || document === undefined) return;
    [here, there][side]!.take();
    if (!unmatched.show(side, id, document)) suspects.push({ collection, id: Buffer.from(id) });
  };
  const step = (a: Uint8Array | undefined, b: Uint8Array | undefined): void => {
    if (a !== undefined && b !== undefined && Buffer.compare(a, b) === 0) {
      matched = a;
      here.take();
      there.take();
      return;
    }
    const [idA, idB] = [a, b].map((document) => (document === undefined ? undefined : source.idOf(document)));
    // Where one side has come further, the other follows alone until both are at the same document again.
    const [isBehindA, isBehindB] = [idA !== undefined && unmatched.has(1, idA), idB !== undefined && unmatched.has(0, idB)];
    if (isBehindA || !isBehindB) show(0, idA, a);
    if (isBehindB || !isBehindA) show(1, idB, b);
  };
  for (let compared = 1; ; compared += 1) {
    const [a, b] = [await here.peek(), await there.peek()];
    if (a === undefined && b === undefined) break;
    step(a, b);
    if (compared % documentsPerNote !== 0 && unmatched.size <= mostUnmatched) continue;
    signal.throwIfAborted();
    await writeDown();
    await notes.saveNowAndThen();
  }
  await writeDown();
}

/** Compares one collection, from where its note says, while both histories are being read. */
export async function compareCollection(parts: CopyParts, description: ContentDescription, note: CollectionNote): Promise<void> {
  const { source, target, notes, signal, madeAnew } = parts;
  const from = notedId(note.compared_id);
  madeAnew.delete(note.name);
  const sides = [sideOf(source.read(description, from, signal)), sideOf(target.read(description, from, signal))] as const;
  try {
    await compareSides(parts, note, sides);
  } finally {
    await Promise.all(sides.map((side) => side.close()));
  }
  note.is_compared = !madeAnew.has(note.name);
  await notes.save();
}

async function differingIn({ source, target }: CopyParts, collection: string, marks: readonly Mark[]): Promise<readonly Mark[]> {
  const ids = marks.map(({ id }) => id);
  const [here, there] = await Promise.all([source.digests(collection, ids), target.digests(collection, ids)]);
  return marks.filter(({ id }) => here.get(keyOf(id)) !== there.get(keyOf(id)));
}

async function differing(parts: CopyParts, marks: readonly Mark[]): Promise<ReadonlySet<Mark>> {
  const byCollection = new Map<string, Mark[]>();
  for (const mark of marks) byCollection.set(mark.collection, [...(byCollection.get(mark.collection) ?? []), mark]);
  const waiting = byCollection.entries();
  const found = new Set<Mark>();
  const worker = async (): Promise<void> => {
    for (const [collection, marked] of waiting) for (const mark of await differingIn(parts, collection, marked)) found.add(mark);
  };
  await Promise.all(Array.from({ length: collectionsAtOnce }, worker));
  return found;
}

export interface Remaining {
  readonly count: number;
  readonly collections: ReadonlySet<string>;
}

/** Looks at everything that is marked, once; what is the same by now is marked no more. What is left, and in which collections. */
export async function compareMarked(parts: CopyParts): Promise<Remaining> {
  const collections = new Set<string>();
  let count = 0;
  let after: string | null = null;
  for (;;) {
    const marks: readonly Mark[] = await parts.target.marks(after, marksAtOnce);
    if (marks.length === 0) return { count, collections };
    parts.signal.throwIfAborted();
    const different = await differing(parts, marks);
    await parts.target.unmark(marks.filter((mark) => !different.has(mark)));
    for (const { collection } of different) collections.add(collection);
    count += different.size;
    after = marks.at(-1)!.key;
  }
}
