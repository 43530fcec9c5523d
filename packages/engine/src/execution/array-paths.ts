// At which paths the documents of a wildcard index have arrays: the index's own marks say so, as long as there is such a document.
import { prefixSuccessor } from '../bson/key-bounds.js';
import { encodeKey, type Direction } from '../bson/key-encoding.js';
import { arrayMarkKey } from '../query/wildcard-keys.js';
import type { CollectionEntry, IndexEntry, ReadUnit } from '../storage/units.js';
import { plainView, wildcardPattern } from './index-view.js';

/** Whether some document of the wildcard index has an array at the path. */
function hasArrayAt(unit: ReadUnit, collection: CollectionEntry, index: IndexEntry, path: string): boolean {
  const pattern = wildcardPattern(index);
  if (pattern === undefined) return index.multikey;
  const directions = plainView(index).fields.map(({ descending }): Direction => (descending ? -1 : 1));
  // The wildcard field is two values of a key.
  directions.splice(pattern.position, 0, 1);
  const { bytes } = encodeKey(arrayMarkKey(pattern, path), directions);
  const range = { start: bytes, startInclusive: true, end: prefixSuccessor(bytes), endInclusive: false };
  for (const { recordId } of unit.scanIndex(collection, index, { range })) return recordId > 0;
  return false;
}

/** Those of the path and the paths above it at which some document has an array. */
export function arrayPathsOf(unit: ReadUnit, collection: CollectionEntry, index: IndexEntry, path: string): string[] {
  if (!index.multikey) return [];
  const parts = path.split('.');
  return parts.map((_, place) => parts.slice(0, place + 1).join('.')).filter((each) => hasArrayAt(unit, collection, index, each));
}
