// The collation of an index whose texts are folded (bson/collation-fold.ts): it finds equal texts, and orders none.
import { hasFolds } from '../bson/collation-fold.js';
import { parseCollation, type Collation } from '../bson/collation.js';
import { getDocumentField } from '../bson/reader.js';
import type { IndexEntry } from './units.js';

const collations = new WeakMap<IndexEntry, { readonly collation: Collation | undefined }>();

/** Undefined where the index keeps its values as they are, in the order of simple comparison. */
export function foldingCollation(index: IndexEntry): Collation | undefined {
  let known = collations.get(index);
  if (known === undefined) {
    const given = getDocumentField(index.options, 'collation');
    const collation = given === undefined ? undefined : parseCollation(given.document());
    known = { collation: collation !== undefined && hasFolds(collation) ? collation : undefined };
    collations.set(index, known);
  }
  return known.collation;
}
