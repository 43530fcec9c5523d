// Copies the documents of a database: two collections at a time, in the order of `_id`, batch by batch, so that it needs no more memory for
// a large one than for a small one, and goes on where it was when it was interrupted.
import type { ContentDescription, DatabaseContents } from '../ports/database-contents.js';
import { PermanentFailure } from '../ports/failures.js';
import type { CollectionNote, CopyNotes } from './copy-notes.js';
import { setAsidePrefix } from './preflight.js';

export interface CopyParts {
  readonly source: DatabaseContents;
  readonly target: DatabaseContents;
  readonly notes: CopyNotes;
  readonly signal: AbortSignal;
}

const collectionsAtOnce = 2;

function idOf(note: CollectionNote): Uint8Array | null {
  return note.last_id === null ? null : Buffer.from(note.last_id, 'base64');
}

async function copyDocuments({ source, target, notes, signal }: CopyParts, description: ContentDescription, note: CollectionNote): Promise<void> {
  for await (const batch of source.read(description, idOf(note), signal)) {
    signal.throwIfAborted();
    const isNew = await target.insert(description.name, batch);
    // What an interrupted run had copied already is not counted again.
    note.documents += isNew;
    note.bytes += isNew === batch.length ? batch.reduce((sum, document) => sum + document.length, 0) : 0;
    note.last_id = description.isCapped ? null : Buffer.from(source.idOf(batch.at(-1)!)).toString('base64');
    await notes.saveNowAndThen();
  }
}

/** Copies one collection, from where its note says; one that is gone from the source meanwhile is done. */
export async function copyCollection(parts: CopyParts, description: ContentDescription): Promise<void> {
  const { source, target, notes } = parts;
  const note = notes.of(description.name, description.isCapped);
  if (note.is_done) return;
  if (description.isCapped) {
    // The order of insertion has no place to go on from.
    await target.drop(description.name);
    Object.assign(note, { documents: 0, bytes: 0 });
  }
  await target.create(description);
  try {
    await copyDocuments(parts, description, note);
  } catch (error) {
    if (!(error instanceof PermanentFailure) || (await source.list()).some(({ name }) => name === description.name)) throw error;
  }
  note.is_done = true;
  await notes.save();
}

/**
 * Writes down which collections are about to be made, so that whoever takes it back drops those and nothing of the target's own; what that has
 * under their names is put aside.
 */
export async function takeNames({ target, notes }: CopyParts, descriptions: readonly ContentDescription[]): Promise<void> {
  const unknown = descriptions.filter(({ name }) => !notes.collections.has(name));
  if (unknown.length === 0) return;
  const present = new Set((await target.list()).map(({ name }) => name));
  for (const { name } of unknown) {
    // One after the other: each is a moment's work, and there are hardly ever any.
    if (present.has(name) && !present.has(`${setAsidePrefix}${name}`)) await target.rename(name, `${setAsidePrefix}${name}`);
  }
  for (const { name, isCapped } of unknown) notes.of(name, isCapped);
  await notes.save();
}

/** Copies the collections that are chosen. */
export async function copyCollections(parts: CopyParts, isChosen: (description: ContentDescription) => boolean): Promise<void> {
  const collections = (await parts.source.list()).filter(({ kind }) => kind === 'collection');
  await takeNames(parts, collections);
  const waiting = collections.filter(isChosen).values();
  const worker = async (): Promise<void> => {
    for (const description of waiting) await copyCollection(parts, description);
  };
  await Promise.all(Array.from({ length: collectionsAtOnce }, worker));
}
