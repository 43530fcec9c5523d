// The changes of a transaction to one table, in the order of their keys, and their merge with what lies below.
import type { KeyValue, RangeQuery } from '../storage/key-value.js';
import { successor } from '../storage/key-value.js';

/** A changed row; without a value it was removed. */
export interface RowChange {
  readonly key: Buffer;
  readonly value: Buffer | undefined;
}

export class OverlayTable {
  private readonly rows = new Map<string, RowChange>();
  private sorted: RowChange[] | undefined;

  find(key: Buffer): RowChange | undefined {
    return this.rows.get(key.toString('latin1'));
  }

  set(key: Buffer, value: Buffer | undefined): void {
    this.rows.set(key.toString('latin1'), { key, value });
    this.sorted = undefined;
  }

  changes(): Iterable<RowChange> {
    return this.rows.values();
  }

  /** The range as it is with the changes; `below` reads what lies under them. */
  merge(query: RangeQuery, below: (query: RangeQuery) => KeyValue[]): KeyValue[] {
    const changes = this.within(query);
    if (changes.length === 0) return below(query);
    const merged: KeyValue[] = [];
    let { start, end } = query;
    let at = 0;
    const before = (a: Buffer, b: Buffer): boolean => (query.reverse ? Buffer.compare(a, b) > 0 : Buffer.compare(a, b) < 0);
    for (;;) {
      const page = below({ ...query, start, end });
      const isLast = page.length < query.limit;
      for (const entry of page) {
        while (at < changes.length && before(changes[at]!.key, entry.key)) at = emit(changes, at, merged);
        if (at < changes.length && changes[at]!.key.equals(entry.key)) at = emit(changes, at, merged);
        else merged.push(entry);
        if (merged.length >= query.limit) return merged.slice(0, query.limit);
      }
      if (isLast) break;
      const last = page[page.length - 1]!.key;
      if (query.reverse) end = last;
      else start = successor(last);
    }
    while (at < changes.length && merged.length < query.limit) at = emit(changes, at, merged);
    return merged.slice(0, query.limit);
  }

  /** The changes in the range, in its direction. */
  private within({ start, end, reverse }: RangeQuery): RowChange[] {
    this.sorted ??= [...this.rows.values()].sort((a, b) => Buffer.compare(a.key, b.key));
    const found = this.sorted.slice(lowerBound(this.sorted, start), lowerBound(this.sorted, end));
    return reverse ? found.reverse() : found;
  }
}

function emit(changes: readonly RowChange[], at: number, merged: KeyValue[]): number {
  const { key, value } = changes[at]!;
  if (value !== undefined) merged.push({ key, value });
  return at + 1;
}

/** Position of the first row whose key is not below `key`. */
function lowerBound(rows: readonly RowChange[], key: Buffer): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (Buffer.compare(rows[middle]!.key, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
