// What makes an index's keys of documents, by the kind of its pattern.
import { foldKey } from '../bson/collation-fold.js';
import type { Collation } from '../bson/collation.js';
import type { Direction } from '../bson/key-encoding.js';
import type { RawValue } from '../bson/raw-value.js';
import { getDocumentField } from '../bson/reader.js';
import { compileIndexKeys, type IndexKeys } from '../query/index-keys.js';
import { compileWildcardKeys } from '../query/wildcard-keys.js';
import { wildcardPatternOf, type WildcardPattern } from '../query/wildcard-pattern.js';
import type { IndexEntry } from './units.js';

type IndexShape = Pick<IndexEntry, 'key' | 'sparse' | 'options'>;

export interface KeyExtractor {
  /** One for each value of a key. */
  readonly directions: readonly Direction[];
  /** Which value of a wildcard index's keys is the path. */
  readonly pathPosition?: number;
  keysOf(document: RawValue): IndexKeys;
}

/** The wildcard of an index's pattern; undefined where it has none. */
export function wildcardOf({ key, options }: IndexShape): WildcardPattern | undefined {
  return wildcardPatternOf(key, getDocumentField(options, 'wildcardProjection'));
}

export function keyExtractorOf(index: IndexShape): KeyExtractor {
  const wildcard = wildcardOf(index);
  return wildcard === undefined ? compileIndexKeys(index.key, { sparse: index.sparse }) : compileWildcardKeys(index.key, wildcard);
}

/** The values as an index with this collation keeps them: texts are folded, paths are not. Throws where a text cannot be folded. */
export function foldedKey({ pathPosition }: KeyExtractor, values: readonly RawValue[], folding: Collation): RawValue[] {
  if (pathPosition === undefined) return foldKey(values, folding);
  return [...foldKey(values.slice(0, pathPosition), folding), values[pathPosition]!, ...foldKey(values.slice(pathPosition + 1), folding)];
}
