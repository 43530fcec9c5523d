// What an index's keys say of texts to a query: their simple order, which of them the query's collation may call equal, or nothing.
import { foldValue } from '../bson/collation-fold.js';
import { describeCollation, type Collation } from '../bson/collation.js';
import { getDocumentField } from '../bson/reader.js';
import type { FilterNode } from '../query/filter-node.js';
import { foldingCollation } from '../storage/index-collation.js';
import type { IndexEntry } from '../storage/units.js';
import type { Bounds } from './bounds.js';
import { isPoint, point, unite } from './interval.js';

export type IndexedTexts =
  | { readonly kind: 'simple' }
  /** Texts that the collation calls equal have one key; others may have the same. */
  | { readonly kind: 'folded'; readonly collation: Collation }
  | { readonly kind: 'nothing' };

const simple: IndexedTexts = { kind: 'simple' };
const nothing: IndexedTexts = { kind: 'nothing' };

/** What the index says to a query with this collation. */
export function indexedTexts(index: IndexEntry, collation: Collation | undefined): IndexedTexts {
  const folding = foldingCollation(index);
  if (folding === undefined) return collation === undefined ? simple : nothing;
  if (collation === undefined) return nothing;
  const given = getDocumentField(index.options, 'collation');
  return given?.document().equals(describeCollation(collation)) === true ? { kind: 'folded', collation } : nothing;
}

/** The bounds of equality with one value or one of several; undefined for every other condition: folds are in no order. */
export function foldedBounds(condition: FilterNode, { intervals }: Bounds, collation: Collation): Bounds | undefined {
  const isEquality = (condition.kind === 'comparison' && condition.operator === '$eq') || (condition.kind === 'in' && condition.regexes.length === 0);
  if (!isEquality || !intervals.every(isPoint)) return undefined;
  const folded = intervals.map(({ low }) => foldValue(low, collation));
  return folded.every((value) => value !== undefined) ? { intervals: unite(folded.map(point)), isExact: false } : undefined;
}
