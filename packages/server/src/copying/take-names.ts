// Names in the target: whoever takes a copy back drops what it has made there and nothing of the target's own. So what is about to be made is
// written down first, and what the target has under its name is put aside before.
import type { ContentDescription } from '../ports/database-contents.js';
import { PermanentFailure } from '../ports/failures.js';
import type { CopyParts } from './copy-parts.js';
import { setAsidePrefix } from './preflight.js';

function isTaken({ notes }: CopyParts, { kind, name }: ContentDescription): boolean {
  return kind === 'view' ? notes.views.has(name) : notes.collections.has(name);
}

/** A view of the copy whose name the source's collection has by now, or the other way round. */
async function dropOther({ target, notes }: CopyParts, { kind, name }: ContentDescription): Promise<boolean> {
  const other = kind === 'view' ? notes.collections : notes.views;
  if (!other.has(name)) return false;
  await target.drop(name);
  other.delete(name);
  return true;
}

async function putAside({ target }: CopyParts, { name }: ContentDescription, present: ReadonlyMap<string, ContentDescription>): Promise<void> {
  const own = present.get(name);
  if (own === undefined) return;
  const aside = `${setAsidePrefix}${name}`;
  if (own.kind !== 'collection' || present.has(aside)) throw new PermanentFailure('NAME_TAKEN', 'the target has something of the same name that cannot be put aside');
  await target.rename(name, aside);
}

export async function takeNames(parts: CopyParts, descriptions: readonly ContentDescription[]): Promise<void> {
  const unknown = descriptions.filter((description) => !isTaken(parts, description));
  if (unknown.length === 0) return;
  const { target, notes } = parts;
  const present = new Map((await target.list(unknown.length === 1 ? unknown[0]!.name : undefined)).map((description) => [description.name, description]));
  for (const description of unknown) {
    // One after the other: each is a moment's work, and there is hardly ever any.
    if (!(await dropOther(parts, description))) await putAside(parts, description, present);
    if (description.kind === 'view') notes.views.add(description.name);
    else notes.of(description);
  }
  await notes.save();
}
