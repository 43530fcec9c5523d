// Makes in a copy the changes that its source goes through, in their order, and any number of times: each says what a document is, or that
// it is gone. The place up to which they are made is written down now and then. Once both sides are being compared, what changes on either is marked
// to be compared again.
import { keyOf, type ContentChange, type ContentChanges, type ContentDescription, type ContentTouches } from '../ports/database-contents.js';
import { alongside, type History } from './alongside.js';
import { isPlain } from './copy-notes.js';
import type { CopyParts } from './copy-parts.js';
import { takeNames } from './take-names.js';

type DocumentChange = Extract<ContentChange, { readonly kind: 'replace' | 'delete' }>;

function isOfDocument(change: ContentChange): change is DocumentChange {
  return change.kind === 'replace' || change.kind === 'delete';
}

/** Drops a collection of the copy; what the target had of its own stays. */
function dropCopy({ target, notes, turns, made, changed }: CopyParts, name: string): Promise<void> {
  return turns.take(name, async () => {
    if (!notes.collections.has(name)) return;
    await target.drop(name);
    notes.collections.delete(name);
    made.delete(name);
    changed.delete(name);
  });
}

/** Gets the name of a collection ready that the source has by now. Undefined: it is a view, or gone again, and a later change says so. */
async function takeName(parts: CopyParts, name: string): Promise<ContentDescription | undefined> {
  const [description] = await parts.source.list(name);
  if (description === undefined || description.kind === 'view') return undefined;
  await takeNames(parts, [description]);
  return description;
}

/** What it holds comes with later changes; what is copied in one piece is so when nobody writes any more. */
async function create(parts: CopyParts, name: string): Promise<void> {
  const { notes, target, made } = parts;
  // It was there when the copy began, or this was done before an interruption.
  if (notes.collections.has(name)) return;
  const description = await takeName(parts, name);
  if (description === undefined) return;
  const note = notes.of(description);
  await target.create(description);
  made.add(name);
  note.is_done = isPlain(note);
}

async function applyOther(parts: CopyParts, change: Exclude<ContentChange, DocumentChange>): Promise<void> {
  switch (change.kind) {
    case 'create':
      return create(parts, change.collection);
    case 'drop':
      return dropCopy(parts, change.collection);
    case 'rename':
      // Changes before it could not be looked up under the name of then: the copy begins again with what is there now.
      for (const name of [change.collection, change.to]) await dropCopy(parts, name);
      await takeName(parts, change.to);
      return;
    case 'fence': case 'definition':
      return;
  }
}

/** The collection of the copy is made with its options before anything is written to it. False: the source has it no more. */
async function isMade({ source, target, notes, made }: CopyParts, name: string): Promise<boolean> {
  const note = notes.collections.get(name)!;
  if (made.has(name) || note.is_done || note.last_id !== null) return true;
  const [description] = await source.list(name);
  if (description === undefined || description.kind === 'view') return false;
  await target.create(description);
  made.add(name);
  return true;
}

/** Changes of documents in one collection, one of each document. */
async function applyRun(parts: CopyParts, collection: string, run: readonly DocumentChange[]): Promise<void> {
  const { target, notes, turns, deletions, changed } = parts;
  await turns.take(collection, async () => {
    const note = notes.collections.get(collection);
    // Of one that is gone by now nothing is made.
    if (note === undefined) return;
    if (!isPlain(note)) {
      changed.add(collection);
      Object.assign(note, { is_done: false, is_compared: false });
      return;
    }
    if (!(await isMade(parts, collection))) return;
    const deleted = run.filter(({ kind }) => kind === 'delete');
    deleted.forEach((change) => deletions.add(change));
    // What is deleted makes room in unique indexes.
    await target.apply([...deleted, ...run.filter(({ kind }) => kind === 'replace')]);
  });
}

/** What is copied in one piece is compared in one piece. */
function isMarked({ notes }: CopyParts, collection: string): boolean {
  return notes.collections.get(collection)?.form === 'plain';
}

/**
 * Changes of documents that nothing else comes between: of each document the last one alone counts, and none depends on another's. So a busy source is
 * followed with a few commands.
 */
async function applyDocuments(parts: CopyParts, changes: readonly DocumentChange[]): Promise<void> {
  const byCollection = new Map<string, Map<string, DocumentChange>>();
  for (const change of changes) {
    const last = byCollection.get(change.collection) ?? new Map<string, DocumentChange>();
    byCollection.set(change.collection, last.set(keyOf(change.id), change));
  }
  for (const collection of byCollection.keys()) if (!parts.notes.collections.has(collection)) await create(parts, collection);
  if (parts.notes.targetPosition !== null) await parts.target.mark([...byCollection].flatMap(([collection, last]) => (isMarked(parts, collection) ? [...last.values()] : [])));
  for (const [collection, last] of byCollection) await applyRun(parts, collection, [...last.values()]);
}

async function applyAll(parts: CopyParts, changes: readonly ContentChange[], changed: Set<string>): Promise<void> {
  let documents: DocumentChange[] = [];
  const flush = async (): Promise<void> => {
    await applyDocuments(parts, documents);
    documents = [];
  };
  for (const change of changes) {
    if (change.kind === 'fence') continue;
    changed.add(change.collection);
    if (isOfDocument(change)) {
      documents.push(change);
    } else {
      // In order: what comes after it is about what it has made.
      await flush();
      await applyOther(parts, change);
    }
  }
  await flush();
}

interface SourceBatch extends ContentChanges {
  readonly fences: readonly string[];
}

function historyOfSource(parts: CopyParts, followed: { changes: number; readonly collections: Set<string> }): History<SourceBatch> {
  const { source, notes } = parts;
  return {
    fence: (name) => source.fence(name),
    async *read(signal) {
      if (notes.position === null) throw new Error('a position is written down before anything is copied');
      for await (const batch of source.changes(notes.position, signal)) yield { ...batch, fences: batch.changes.flatMap((change) => (change.kind === 'fence' ? [change.fence] : [])) };
    },
    take: async ({ changes, fences, position }) => {
      await applyAll(parts, changes, followed.collections);
      followed.changes += changes.length - fences.length;
      notes.position = position;
      if (changes.length > 0) await notes.saveNowAndThen();
      return changes.length > 0;
    },
  };
}

/** What happens to the copy: our own changes, and those of anybody else, who is not to have made any. */
function historyOfTarget(parts: CopyParts): History<ContentTouches> {
  const { target, notes, madeAnew } = parts;
  return {
    fence: (name) => target.fence(name),
    read: (signal) => target.touches(notes.targetPosition!, signal),
    take: async ({ documents, collections, fences, position }) => {
      const [marked, others] = [documents.filter(({ collection }) => isMarked(parts, collection)), documents.filter(({ collection }) => notes.collections.get(collection)?.form === 'capped')];
      await target.mark(marked);
      const anew = [...collections, ...others.map(({ collection }) => collection)];
      for (const name of new Set(anew)) {
        madeAnew.add(name);
        const note = notes.collections.get(name);
        if (note !== undefined) Object.assign(note, { is_compared: false, compared_id: null });
      }
      notes.targetPosition = position;
      const hasMoved = documents.length + collections.length + fences.length > 0;
      if (hasMoved) await notes.saveNowAndThen();
      return hasMoved;
    },
  };
}

export interface Followed<Result> {
  readonly result: Result;
  readonly changes: number;
  readonly collections: ReadonlySet<string>;
}

/** Follows the source while something is done, and until everything is made that the source had acknowledged when that ended. */
export async function whileFollowing<Result>(parts: CopyParts, work: (parts: CopyParts) => Promise<Result>): Promise<Followed<Result>> {
  const followed = { changes: 0, collections: new Set<string>() };
  const result = await alongside(historyOfSource(parts, followed), parts, (reach, signal) => work({ ...parts, reach, signal }));
  await parts.notes.save();
  return { ...followed, result };
}

/** Looks through the history of the target while something is done, and until everything is marked that was changed in it when that ended. */
export async function whileWatching<Result>(parts: CopyParts, work: (parts: CopyParts) => Promise<Result>): Promise<Result> {
  const result = await alongside(historyOfTarget(parts), parts, (_reach, signal) => work({ ...parts, signal }));
  await parts.notes.save();
  return result;
}

const nothing = (): Promise<void> => Promise.resolve();

/** Follows the source until everything is made that it had acknowledged when this was called. */
export function catchUp(parts: CopyParts): Promise<Followed<void>> {
  return whileFollowing(parts, nothing);
}

/** Looks through the history of the target until everything is marked that was changed in it when this was called. */
export function lookThrough(parts: CopyParts): Promise<void> {
  return whileWatching(parts, nothing);
}
