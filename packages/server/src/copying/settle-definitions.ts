// Makes indexes, options and views of a copy those of its source.
import type { ContentDescription } from '../ports/database-contents.js';
import { PermanentFailure } from '../ports/failures.js';
import type { CopyParts } from './copy-parts.js';
import { takeNames } from './take-names.js';

type Index = ContentDescription['indexes'][number];
type Shape = (description: ContentDescription) => ContentDescription;

/** The longest time that an index may give documents. Source: manual, "TTL Indexes". Whatever is older than that has expired in its source as well. */
const neverExpires_s = 2_147_483_647;

function expires(index: Index): boolean {
  return index['expireAfterSeconds'] !== undefined;
}

/** While both sides are compared, the copy is not to lose any documents by itself. The time is all that is changed in the end: nothing is built for that. */
const withoutExpiry: Shape = (description) => ({ ...description, indexes: description.indexes.map((index) => (expires(index) ? { ...index, expireAfterSeconds: neverExpires_s } : index)) });
const asIs: Shape = (description) => description;
const withoutUnique: Shape = (description) => ({ ...description, indexes: description.indexes.filter((index) => index['unique'] !== true) });

/** The same to whoever compares definitions before the copy's documents may expire. */
export function regardlessOfExpiry(description: ContentDescription): ContentDescription {
  return withoutExpiry(description);
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

async function settleCollection({ target, notes, turns }: CopyParts, description: ContentDescription): Promise<void> {
  await target.settle(description);
  // Dropped meanwhile, by a change that was made at the same time: making an index has made it again.
  await turns.take(description.name, async () => (notes.collections.has(description.name) ? undefined : target.drop(description.name)));
}

async function dropViewsThatAreGone({ target, notes }: CopyParts, views: readonly ContentDescription[]): Promise<void> {
  const present = new Set(views.map(({ name }) => name));
  for (const name of notes.views) {
    if (present.has(name)) continue;
    await target.drop(name);
    notes.views.delete(name);
  }
}

async function settle(parts: CopyParts, settleOne: (description: ContentDescription) => Promise<void>): Promise<void> {
  const { source, target, notes, signal } = parts;
  const descriptions = await source.list();
  const views = descriptions.filter(({ kind }) => kind === 'view');
  await dropViewsThatAreGone(parts, views);
  // A collection that was made meanwhile is not known yet: its turn comes with the change that says so.
  for (const description of descriptions.filter(({ kind, name }) => kind !== 'view' && notes.collections.has(name))) {
    signal.throwIfAborted();
    // One after the other: building an index is hard work for a cluster that others use too.
    await settleOne(description);
  }
  await takeNames(parts, views);
  for (const view of inOrderOfSources(views)) await target.settle(view);
}

/** All, but that documents do not expire. */
export function settleWithoutExpiry(parts: CopyParts): Promise<void> {
  return settle(parts, (description) => settleCollection(parts, withoutExpiry(description)));
}

/** The same while changes are being made in the copy: two documents may have a key that only one of them has in the end. Such an index is made later. */
export function settleWhileChanging(parts: CopyParts): Promise<void> {
  return settle(parts, async (description) => {
    const shaped = withoutExpiry(description);
    await settleCollection(parts, shaped).catch((error: unknown) => {
      if (!(error instanceof PermanentFailure) || error.code !== 'DuplicateKey') throw error;
      return settleCollection(parts, withoutUnique(shaped));
    });
  });
}

export function settleEverything(parts: CopyParts): Promise<void> {
  return settle(parts, (description) => settleCollection(parts, asIs(description)));
}
