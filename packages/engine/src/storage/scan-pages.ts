// Walks a range of rows a page at a time.
import { successor, type KeyValue, type KeyValueView, type RangeQuery, type Table } from './key-value.js';

/** Entries of indexes are small, and most look-ups want all of a short range; a record may be all that is wanted of many. */
const firstPageRows = (table: Table): number => (table === 'indexes' ? 32 : 4);
const maxPageRows = 256;

/**
 * Small pages first: look-ups of one entry stay cheap. Changes made between two steps disturb nothing, because every page begins
 * behind the last key of the one before.
 */
export function* scanPages(view: Pick<KeyValueView, 'range'>, table: Table, range: Omit<RangeQuery, 'limit'>): Generator<KeyValue> {
  const { reverse } = range;
  let { start, end } = range;
  let limit = firstPageRows(table);
  for (;;) {
    const { entries, isLast } = view.range(table, { start, end, reverse, limit });
    yield* entries;
    if (isLast) return;
    const last = entries[entries.length - 1]!.key;
    if (reverse) end = last;
    else start = successor(last);
    limit = Math.min(limit * 4, maxPageRows);
  }
}
