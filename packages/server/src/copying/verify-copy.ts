// Compares a copy with its source while nobody writes to either: the same collections and views with the same options and indexes, and in
// each collection the same number of documents with the same bytes (SHA-256 over all of them, in the order of `_id`).
import type { ContentDescription } from '../ports/database-contents.js';
import { catchUp } from './follow-changes.js';
import type { CopyParts } from './copy-collections.js';
import type { Verified } from './copy-notes.js';
import { withoutExpiry } from './settle-definitions.js';

const collectionsAtOnce = 2;
/** What expires in the source meanwhile is made up for; it does so once a minute. */
const attempts = 5;

interface Comparison {
  readonly differing: readonly string[];
  readonly verified: ReadonlyMap<string, { readonly documents: number; readonly bytes: number }>;
}

function isSameDefinition(a: ContentDescription, b: ContentDescription | undefined): boolean {
  const shape = ({ kind, options, indexes }: ContentDescription): string => JSON.stringify([kind, options, [...indexes].map((index) => JSON.stringify(index)).sort()]);
  return b !== undefined && shape(withoutExpiry(a)) === shape(withoutExpiry(b));
}

async function compare({ source, target, signal }: CopyParts, only: ReadonlySet<string> | null): Promise<Comparison> {
  const [here, there] = await Promise.all([source.list(), target.list()]);
  const byName = new Map(there.map((description) => [description.name, description]));
  const differing = here.filter((description) => !isSameDefinition(description, byName.get(description.name))).map(({ name }) => name);
  const verified = new Map<string, { readonly documents: number; readonly bytes: number }>();
  const waiting = here.filter(({ kind, name }) => kind === 'collection' && (only === null || only.has(name))).values();
  const worker = async (): Promise<void> => {
    for (const description of waiting) {
      const [a, b] = await Promise.all([source.fingerprint(description, signal), target.fingerprint(description, signal)]);
      if (a.documents !== b.documents || a.sha256 !== b.sha256) differing.push(description.name);
      else verified.set(description.name, { documents: a.documents, bytes: a.bytes });
    }
  };
  await Promise.all(Array.from({ length: collectionsAtOnce }, worker));
  return { differing: [...new Set(differing)], verified };
}

export type Verification = { readonly kind: 'same'; readonly verified: Verified } | { readonly kind: 'different'; readonly collections: readonly string[] };

/** Compares until nothing has changed meanwhile. */
export async function verifyCopy(parts: CopyParts): Promise<Verification> {
  const verified = new Map<string, { readonly documents: number; readonly bytes: number }>();
  let only: ReadonlySet<string> | null = null;
  let differing: readonly string[] = [];
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    await catchUp(parts, 'before');
    // Again only where something has changed under it.
    const compared: Comparison = await compare(parts, only);
    for (const [name, found] of compared.verified) verified.set(name, found);
    differing = compared.differing;
    const { collections } = await catchUp(parts, 'after');
    if (differing.length === 0 && collections.size === 0) {
      const found = [...verified.values()];
      return { kind: 'same', verified: { collections: found.length, documents: found.reduce((sum, { documents }) => sum + documents, 0), bytes: found.reduce((sum, { bytes }) => sum + bytes, 0) } };
    }
    only = new Set([...differing, ...collections]);
  }
  return { kind: 'different', collections: differing };
}
