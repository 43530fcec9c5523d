// Makes in a copy the changes that its source goes through, in their order, and any number of times: each says what a document is, or that
// it is gone. The place up to which they are made is written down with each batch.
import type { ContentChange } from '../ports/database-contents.js';
import { copyCollection, type CopyParts } from './copy-collections.js';

type DocumentChange = Extract<ContentChange, { readonly kind: 'replace' | 'delete' }>;

function isOfDocument(change: ContentChange): change is DocumentChange {
  return change.kind === 'replace' || change.kind === 'delete';
}

/** Copies a collection from the beginning, if it is there. */
async function copyAnew(parts: CopyParts, name: string): Promise<void> {
  parts.notes.collections.delete(name);
  await parts.target.drop(name);
  const description = (await parts.source.list()).find((candidate) => candidate.name === name && candidate.kind === 'collection');
  if (description !== undefined && !description.isCapped) await copyCollection(parts, description);
}

async function applyOther(parts: CopyParts, change: Exclude<ContentChange, DocumentChange>): Promise<void> {
  const { source, target, notes } = parts;
  switch (change.kind) {
    case 'create': {
      const description = (await source.list()).find(({ name, kind }) => name === change.collection && kind === 'collection');
      if (description === undefined) return; // A view, or dropped again: a later change says so.
      // The initial copy, if it has not come to it yet, makes it as well; what it holds comes with later changes.
      const note = notes.of(change.collection, description.isCapped);
      note.is_done = !description.isCapped;
      return target.create(description);
    }
    case 'drop':
      notes.collections.delete(change.collection);
      return target.drop(change.collection);
    case 'rename':
      // Changes before it could not be looked up under the name of then: the copy begins again with what is there now.
      await target.drop(change.collection);
      notes.collections.delete(change.collection);
      return copyAnew(parts, change.to);
    case 'fence': case 'definition':
      return;
  }
}

async function applyAll(parts: CopyParts, changes: readonly ContentChange[], changed: Set<string>): Promise<void> {
  let run: DocumentChange[] = [];
  const flush = async (): Promise<void> => {
    if (run.length > 0) await parts.target.apply(run);
    run = [];
  };
  for (const change of changes) {
    if (change.kind === 'fence') continue;
    changed.add(change.collection);
    if (isOfDocument(change)) {
      // Capped collections are copied in one piece, when nobody writes any more.
      if (parts.notes.collections.get(change.collection)?.is_capped !== true) run.push(change);
    } else {
      // In order: what comes after it is about what it has made.
      await flush();
      await applyOther(parts, change);
    }
  }
  await flush();
}

export interface Followed {
  readonly changes: number;
  readonly collections: ReadonlySet<string>;
}

/** Follows the source until everything is made that it had acknowledged when this was called. */
export async function catchUp(parts: CopyParts, fence: string): Promise<Followed> {
  const { source, notes, signal } = parts;
  if (notes.position === null) throw new Error('a position is written down before anything is copied');
  const name = `${fence} ${new Date().getTime()}`;
  await source.fence(name);
  const changed = new Set<string>();
  let count = 0;
  for await (const { changes, position } of source.changes(notes.position, signal)) {
    await applyAll(parts, changes, changed);
    count += changes.filter(({ kind }) => kind !== 'fence').length;
    notes.position = position;
    if (changes.length > 0) await notes.save();
    if (changes.some((change) => change.kind === 'fence' && change.fence === name)) return { changes: count, collections: changed };
  }
  signal.throwIfAborted();
  throw new Error('the changes of a database have no end');
}
