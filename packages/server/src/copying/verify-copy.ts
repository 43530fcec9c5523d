// Holds a copy against its source: the same collections and views with the same options and indexes, and in each collection the same documents, byte by
// byte. Most of that is done while writers go on (compareBeforehand): when they are stopped, what has changed since is looked at again, and nothing else
// (verifyCopy). Only what is copied in one piece, and has changed, is read whole then.
import type { ContentDescription } from '../ports/database-contents.js';
import { compareCollection, compareMarked, type Remaining } from './compare-documents.js';
import { copyCollections } from './copy-collections.js';
import { isPlain, type CollectionNote, type Verified } from './copy-notes.js';
import type { CopyParts } from './copy-parts.js';
import { catchUp, lookThrough, whileFollowing, whileWatching } from './follow-changes.js';
import { regardlessOfExpiry, settleWhileChanging, settleWithoutExpiry } from './settle-definitions.js';

const collectionsAtOnce = 2;
const measuredAtOnce = 8;
/** Rounds before writers are stopped, at the most. */
const mostRounds = 20;
/** A round that has so much of the changes of the one before is as short as it gets: writers are as fast as the copy. */
const noShorter = 0.5;
/** So few changes are looked at in a moment. */
const fewChanges = 100;
/** What expires in the source meanwhile is made up for; it does so once a minute. */
const attempts = 5;

function isSameDefinition(a: ContentDescription, b: ContentDescription | undefined): boolean {
  const shape = ({ kind, options, indexes }: ContentDescription): string => JSON.stringify([kind, options, [...indexes].map((index) => JSON.stringify(index)).sort()]);
  return b !== undefined && shape(regardlessOfExpiry(a)) === shape(regardlessOfExpiry(b));
}

async function differingDefinitions({ source, target, notes }: CopyParts): Promise<readonly string[]> {
  const [here, there] = await Promise.all([source.list(), target.list()]);
  const byName = new Map(there.map((description) => [description.name, description]));
  const present = new Set(here.map(({ name }) => name));
  const tooMuch = [...notes.collections.keys(), ...notes.views].filter((name) => !present.has(name));
  return [...tooMuch, ...here.filter((description) => !isSameDefinition(description, byName.get(description.name))).map(({ name }) => name)];
}

async function inParallel<Item>(items: readonly Item[], count: number, work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const worker = async (): Promise<void> => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: count }, worker));
}

function notCompared({ notes }: CopyParts): CollectionNote[] {
  return [...notes.collections.values()].filter((note) => !note.is_compared);
}

/** Reads both sides of what is copied document by document and has not been compared yet. */
async function comparePlain(parts: CopyParts): Promise<void> {
  const waiting = notCompared(parts).filter((note) => isPlain(note) && note.is_done);
  if (waiting.length === 0) return;
  await inParallel(waiting, collectionsAtOnce, async (note) => {
    const [description] = await parts.source.list(note.name);
    // Gone: the change that says so is on its way.
    if (description === undefined) return;
    await compareCollection(parts, description, note).catch(async (error: unknown) => {
      if (parts.signal.aborted || (await parts.source.list(note.name)).length > 0) throw error;
    });
  });
}

/** Reads both sides of what is copied in one piece. What differs is copied again. */
async function comparePieces(parts: CopyParts): Promise<readonly string[]> {
  const { source, target, notes, signal } = parts;
  const different: string[] = [];
  await inParallel(notCompared(parts).filter((note) => !isPlain(note) && note.is_done), collectionsAtOnce, async (note) => {
    const place = { name: note.name, kind: note.form === 'time_series' ? 'time_series' : 'collection', isCapped: note.form === 'capped' } as const;
    const [here, there] = await Promise.all([source.fingerprint(place, signal), target.fingerprint(place, signal)]);
    if (here.documents === there.documents && here.sha256 === there.sha256) Object.assign(note, { is_compared: true, documents: here.documents, bytes: here.bytes });
    else {
      note.is_done = false;
      different.push(note.name);
    }
  });
  await notes.save();
  return different;
}

/** From here on what changes on either side is marked. */
async function beginToCompare({ target, notes }: CopyParts): Promise<void> {
  if (notes.targetPosition !== null) return;
  notes.targetPosition = await target.position();
  await notes.save();
}

/** Makes up for what has changed, and compares everything, while writers go on; round after round, until little is left to be looked at. */
export async function compareBeforehand(parts: CopyParts): Promise<void> {
  await beginToCompare(parts);
  let before = Infinity;
  for (let round = 1; round <= mostRounds; round += 1) {
    const { result, changes } = await whileFollowing(parts, (following) => whileWatching(following, async (watching): Promise<Remaining> => {
      await copyCollections(watching, ({ form }) => form !== 'time_series');
      await settleWhileChanging(watching);
      await comparePlain(watching);
      return compareMarked(watching);
    }));
    await comparePieces(parts);
    const left = changes + result.count;
    if (left <= fewChanges || left >= before * noShorter) return;
    before = left;
  }
}

async function measured({ target, notes }: CopyParts): Promise<Verified> {
  const found = { collections: notes.collections.size, documents: 0, bytes: 0 };
  await inParallel([...notes.collections.values()], measuredAtOnce, async (note) => {
    const { documents, bytes } = isPlain(note) ? await target.measure(note.name) : note;
    found.documents += documents;
    found.bytes += bytes;
  });
  return found;
}

export type Verification = { readonly kind: 'same'; readonly verified: Verified } | { readonly kind: 'different'; readonly collections: readonly string[] };

/** One attempt: what is not the same, and whether anything has changed meanwhile. */
async function holdAgainst(parts: CopyParts): Promise<{ readonly different: readonly string[]; readonly isSettled: boolean }> {
  const { notes } = parts;
  await catchUp(parts);
  if ([...notes.collections.values()].some((note) => !note.is_done)) await whileFollowing(parts, (following) => copyCollections(following, () => true));
  await settleWithoutExpiry(parts);
  if (notCompared(parts).some(isPlain)) await whileFollowing(parts, (following) => whileWatching(following, comparePlain));
  else await lookThrough(parts);
  const pieces = await comparePieces(parts);
  const { collections } = await compareMarked(parts);
  const different = new Set([...(await differingDefinitions(parts)), ...collections, ...pieces]);
  const { changes } = await catchUp(parts);
  return { different: [...different], isSettled: changes === 0 && [...notes.collections.values()].every((note) => note.is_done && note.is_compared) };
}

/** While nobody writes to either side: compares what has not been compared, or has changed since, until nothing has changed meanwhile. */
export async function verifyCopy(parts: CopyParts): Promise<Verification> {
  await beginToCompare(parts);
  let different: readonly string[] = [];
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    // Again where something has changed under it.
    const held = await holdAgainst(parts);
    different = held.different;
    if (different.length === 0 && held.isSettled) return { kind: 'same', verified: await measured(parts) };
  }
  return { kind: 'different', collections: different.length > 0 ? different : [...parts.notes.collections.values()].filter((note) => !note.is_done || !note.is_compared).map(({ name }) => name) };
}
