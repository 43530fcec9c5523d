// Copies the documents of a database: a few collections at a time, in the order of `_id`, batch by batch, so that it needs no more memory for
// a large one than for a small one, and goes on where it was when it was interrupted. Changes may be made in the copy meanwhile
// (follow-changes.ts).
import { keyOf, type ContentDescription, type DocumentBatch } from '../ports/database-contents.js';
import { isPlain, notedId, noteOf, type CollectionNote } from './copy-notes.js';
import type { CopyParts } from './copy-parts.js';

/** Of small ones most of the time goes into waiting for the cluster to acknowledge each. */
const collectionsAtOnce = 4;
/** So many deletions are remembered of a collection that is copied; then it is read anew from where it is, which sees them by itself. */
const mostDeletions = 50_000;
/** So much is copied, at the most, before whoever follows has to have come as far: a copy fills the history of its own cluster. */
const bytesAhead = 2 * 1024 * 1024;
/** In portions of this size, where somebody follows, so that what is ahead is no more than a portion above that. */
const portionBytes = 1024 * 1024;

type End = 'all' | 'again' | 'dropped';

function isCurrent({ notes }: CopyParts, note: CollectionNote): boolean {
  return notes.collections.get(note.name) === note;
}

/** Those of a batch that have not been deleted since it was read. */
function stillThere({ source, deletions }: CopyParts, collection: string, batch: DocumentBatch): DocumentBatch {
  const deleted = deletions.of(collection);
  return deleted.size === 0 ? batch : batch.filter((document) => !deleted.has(keyOf(source.idOf(document))));
}

/** A batch of large documents in portions, so that none is more than that. */
function* portionsOf(batch: DocumentBatch): Generator<DocumentBatch> {
  let [from, bytes] = [0, 0];
  for (const [index, { length }] of batch.entries()) {
    if (bytes > 0 && bytes + length > portionBytes) {
      yield batch.slice(from, index);
      [from, bytes] = [index, 0];
    }
    bytes += length;
  }
  yield batch.slice(from);
}

async function* portions(batches: AsyncIterable<DocumentBatch>): AsyncGenerator<DocumentBatch> {
  for await (const batch of batches) yield* portionsOf(batch);
}

function batchesOf({ source, signal, reach }: CopyParts, description: ContentDescription, { last_id: last }: CollectionNote): AsyncIterable<DocumentBatch> {
  const batches = source.read(description, notedId(last), signal);
  return reach === null ? batches : portions(batches);
}

async function insertBatch(parts: CopyParts, note: CollectionNote, read: DocumentBatch): Promise<number> {
  const batch = stillThere(parts, note.name, read);
  const isNew = await parts.target.insert(note.name, batch);
  const bytes = batch.reduce((sum, document) => sum + document.length, 0);
  // What an interrupted run had copied already is not counted again.
  note.documents += isNew;
  note.bytes += isNew === batch.length ? bytes : 0;
  note.last_id = isPlain(note) ? noteOf(parts.source.idOf(read.at(-1)!)) : null;
  return bytes;
}

/** Reads the collection once, from where its note says; `again`: it is to be read anew from there. */
async function copyDocuments(parts: CopyParts, description: ContentDescription, note: CollectionNote): Promise<End> {
  const { notes, turns, deletions, signal, reach } = parts;
  let ahead = 0;
  deletions.begin(note.name);
  try {
    for await (const batch of batchesOf(parts, description, note)) {
      signal.throwIfAborted();
      const copied = await turns.take(note.name, async () => (isCurrent(parts, note) ? insertBatch(parts, note, batch) : undefined));
      if (copied === undefined) return 'dropped';
      ahead += copied;
      if (reach !== null && ahead >= bytesAhead) {
        await reach();
        ahead = 0;
      }
      await notes.saveNowAndThen();
      if (deletions.of(note.name).size > mostDeletions && isPlain(note)) return 'again';
    }
    return isCurrent(parts, note) ? 'all' : 'dropped';
  } finally {
    deletions.end(note.name);
  }
}

async function beginCopy({ target, made, changed }: CopyParts, description: ContentDescription, note: CollectionNote): Promise<void> {
  if (!isPlain(note)) {
    changed.delete(note.name);
    await target.drop(note.name);
    Object.assign(note, { documents: 0, bytes: 0, is_compared: false });
  }
  await target.create(description);
  made.add(note.name);
}

/** Copies one collection, from where its note says; one that is gone from the source meanwhile is done. One in one piece that changed meanwhile is not done. */
async function copyCollection(parts: CopyParts, description: ContentDescription, note: CollectionNote): Promise<void> {
  const { source, notes, turns, changed } = parts;
  await turns.take(note.name, async () => (isCurrent(parts, note) ? beginCopy(parts, description, note) : undefined));
  let end: End = 'again';
  try {
    while (end === 'again') end = await copyDocuments(parts, description, note);
  } catch (error) {
    if (parts.signal.aborted || (await source.list(note.name)).length > 0) throw error;
  }
  note.is_done = !changed.has(note.name);
  // Of many small collections each would write down all: what is copied twice does no harm. What is in one piece would begin anew.
  await (isPlain(note) ? notes.saveNowAndThen() : notes.save());
}

/** Copies what is chosen among what is known and not copied yet, until there is no more of it; what is in one piece once. */
export async function copyCollections(parts: CopyParts, isChosen: (note: CollectionNote) => boolean): Promise<void> {
  const { source, notes } = parts;
  const tried = new Set<CollectionNote>();
  const pending = (): CollectionNote[] => [...notes.collections.values()].filter((note) => !note.is_done && !tried.has(note) && isChosen(note));
  for (let waiting = pending(); waiting.length > 0; waiting = pending()) {
    // Again: meanwhile one may have got another name, and is copied under that.
    const descriptions = new Map((await source.list()).map((description) => [description.name, description]));
    const notesLeft = waiting.values();
    const worker = async (): Promise<void> => {
      for (const note of notesLeft) {
        if (!isPlain(note)) tried.add(note);
        const description = descriptions.get(note.name);
        // Gone: the change that says so is on its way.
        if (description === undefined || description.kind === 'view') note.is_done = true;
        else await copyCollection(parts, description, note);
      }
    };
    await Promise.all(Array.from({ length: collectionsAtOnce }, worker));
  }
}
