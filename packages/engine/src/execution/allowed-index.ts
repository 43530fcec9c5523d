// What an index filter says of one index.
import { BsonType } from '../bson/types.js';
import type { IndexEntry } from '../storage/units.js';
import { sameKeyPattern } from './hint.js';
import type { IndexFilter } from './index-filters.js';

/** Whether the filter lets queries look at the index. */
export function allowsIndex({ indexes }: IndexFilter, { name, key }: IndexEntry): boolean {
  return indexes.some((index) => (index.type === BsonType.string ? index.string() === name : sameKeyPattern(index.document(), key)));
}
