// Makes indexes, options and views of a copy those of its source.
import type { ContentDescription, DatabaseContents } from '../ports/database-contents.js';
import type { CopyParts } from './copy-collections.js';

function expires(index: Readonly<Record<string, unknown>>): boolean {
  return index['expireAfterSeconds'] !== undefined;
}

/** Without what lets documents expire: while both sides are compared, the copy is not to lose any by itself. */
export function withoutExpiry(description: ContentDescription): ContentDescription {
  return { ...description, indexes: description.indexes.filter((index) => !expires(index)) };
}

function asIs(description: ContentDescription): ContentDescription {
  return description;
}

/** Views whose sources come before them. */
function inOrderOfSources(views: readonly ContentDescription[]): readonly ContentDescription[] {
  const waiting = new Map(views.map((view) => [view.name, view]));
  const ordered: ContentDescription[] = [];
  const take = (view: ContentDescription): void => {
    waiting.delete(view.name);
    const source = waiting.get(String(view.options['viewOn']));
    if (source !== undefined) take(source);
    ordered.push(view);
  };
  for (const view of views) if (waiting.has(view.name)) take(view);
  return ordered;
}

async function dropWhatIsGone(target: DatabaseContents, copied: Iterable<string>, present: ReadonlySet<string>): Promise<void> {
  for (const name of copied) if (!present.has(name)) await target.drop(name);
}

async function settle({ source, target, notes, signal }: CopyParts, shaped: (description: ContentDescription) => ContentDescription): Promise<void> {
  const descriptions = await source.list();
  await dropWhatIsGone(target, notes.collections.keys(), new Set(descriptions.map(({ name }) => name)));
  const views = descriptions.filter(({ kind }) => kind === 'view');
  // One that was made meanwhile is not known yet: its turn comes with the change that says so.
  const known = descriptions.filter(({ kind, name }) => kind === 'collection' && notes.collections.has(name));
  for (const description of [...known, ...inOrderOfSources(views)]) {
    signal.throwIfAborted();
    // One after the other: building an index is hard work for a cluster that others use too, and views stand on each other.
    await target.settle(shaped(description));
  }
}

/** All but the indexes by which documents expire. */
export function settleWithoutExpiry(parts: CopyParts): Promise<void> {
  return settle(parts, withoutExpiry);
}

export function settleEverything(parts: CopyParts): Promise<void> {
  return settle(parts, asIs);
}
