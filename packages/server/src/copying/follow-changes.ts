// Makes in a copy the changes that its source goes through, in their order, and any number of times: each says what a document is, or that
// it is gone. The place up to which they are made is written down with each batch.
import type { ContentChange, ContentDescription } from '../ports/database-contents.js';
import { copyCollection, takeNames, type CopyParts } from './copy-collections.js';

type DocumentChange = Extract<ContentChange, { readonly kind: 'replace' | 'delete' }>;

function isOfDocument(change: ContentChange): change is DocumentChange {
  return change.kind === 'replace' || change.kind === 'delete';
}

/** Drops a collection of the copy; what the target had of its own stays. */
async function dropCopy({ target, notes }: CopyParts, name: string): Promise<void> {
  if (!notes.collections.has(name)) return;
  await target.drop(name);
  notes.collections.delete(name);
}

/** Gets the name of a collection ready that the source has by now. Undefined: it is a view, or gone again, and a later change says so. */
async function takeName(parts: CopyParts, name: string): Promise<ContentDescription | undefined> {
  const description = (await parts.source.list()).find((candidate) => candidate.name === name && candidate.kind === 'collection');
  if (description === undefined) return undefined;
  await takeNames(parts, [description]);
  return description;
}

/** What it holds comes with later changes; of a capped collection it is copied when nobody writes any more. */
async function create(parts: CopyParts, name: string): Promise<void> {
  const description = await takeName(parts, name);
  if (description === undefined) return;
  parts.notes.of(name, description.isCapped).is_done = !description.isCapped;
  await parts.target.create(description);
}

async function applyOther(parts: CopyParts, change: Exclude<ContentChange, DocumentChange>): Promise<void> {
  switch (change.kind) {
    case 'create':
      return create(parts, change.collection);
    case 'drop':
      return dropCopy(parts, change.collection);
    case 'rename': {
      // Changes before it could not be looked up under the name of then: the copy begins again with what is there now.
      for (const name of [change.collection, change.to]) await dropCopy(parts, name);
      const description = await takeName(parts, change.to);
      return description === undefined || description.isCapped ? undefined : copyCollection(parts, description);
    }
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
      if (!parts.notes.collections.has(change.collection)) {
        await flush();
        await create(parts, change.collection);
      }
      // Capped collections are copied in one piece, when nobody writes any more; of one that is gone by now nothing is made.
      if (parts.notes.collections.get(change.collection)?.is_capped === false) run.push(change);
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
