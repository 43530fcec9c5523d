// The changes of a transaction to one table, in the order of their keys, and their merge with what lies below.
import { successor, type KeyValue, type RangePage, type RangeQuery } from '../storage/key-value.js';

/** A changed row; without a value it was removed. */
export interface RowChange {
  readonly key: Buffer;
  readonly value: Buffer | undefined;
}

interface Row extends RowChange {
  value: Buffer | undefined;
}

/** Rows are read from below in pieces of at least this many: a query for one row may have to step over many removed ones. */
const minPageRows = 64;

export class OverlayTable {
  private readonly rows = new Map<string, Row>();
  /** Every row but the fresh ones, in the order of keys. */
  private sorted: Row[] = [];
  /** Rows that came since the last range was read. */
  private fresh: Row[] = [];

  find(key: Buffer): RowChange | undefined {
    return this.rows.get(key.toString('latin1'));
  }

  set(key: Buffer, value: Buffer | undefined): void {
    const name = key.toString('latin1');
    const known = this.rows.get(name);
    if (known !== undefined) {
      known.value = value;
      return;
    }
    const row: Row = { key, value };
    this.rows.set(name, row);
    this.fresh.push(row);
  }

  changes(): Iterable<RowChange> {
    return this.rows.values();
  }

  /** The range as it is with the changes; `below` reads what lies under them. */
  merge(query: RangeQuery, below: (query: RangeQuery) => RangePage): RangePage {
    const changes = this.within(query);
    if (changes.isAtEnd) return below(query);
    const merged: KeyValue[] = [];
    const { limit, reverse } = query;
    let { start, end } = query;
    for (;;) {
      const page = below({ start, end, reverse, limit: Math.max(limit, minPageRows) });
      for (const entry of page.entries) {
        changes.takeBefore(entry.key, merged, limit);
        if (merged.length >= limit) return { entries: merged, isLast: false };
        if (!changes.takeAt(entry.key, merged)) merged.push(entry);
      }
      if (page.isLast) break;
      // A page that ended early has large rows: what was merged of them is enough for one.
      if (merged.length > 0) return { entries: merged, isLast: false };
      const last = page.entries[page.entries.length - 1]!.key;
      if (reverse) end = last;
      else start = successor(last);
    }
    changes.takeRest(merged, limit);
    return { entries: merged, isLast: changes.isAtEnd };
  }

  private within({ start, end, reverse }: RangeQuery): ChangesInRange {
    this.sortFresh();
    return new ChangesInRange(this.sorted, lowerBound(this.sorted, start), lowerBound(this.sorted, end), reverse);
  }

  /** Sorts the few new rows and merges them with the many that are sorted: a long transaction reads as often as it writes. */
  private sortFresh(): void {
    if (this.fresh.length === 0) return;
    const fresh = this.fresh.sort((a, b) => Buffer.compare(a.key, b.key));
    const known = this.sorted;
    const both: Row[] = [];
    let at = 0;
    for (const row of fresh) {
      const end = lowerBound(known, row.key, at);
      while (at < end) both.push(known[at++]!);
      both.push(row);
    }
    while (at < known.length) both.push(known[at++]!);
    this.sorted = both;
    this.fresh = [];
  }
}

/** Walks the sorted changes of a range in its direction. */
class ChangesInRange {
  private at: number;
  private readonly stop: number;
  private readonly step: 1 | -1;

  constructor(private readonly rows: readonly Row[], from: number, to: number, reverse: boolean) {
    // An empty range may have its end below its start.
    const last = Math.max(from, to);
    this.step = reverse ? -1 : 1;
    this.at = reverse ? last - 1 : from;
    this.stop = reverse ? from - 1 : last;
  }

  get isAtEnd(): boolean {
    return this.at === this.stop;
  }

  /** The changes in front of a key. */
  takeBefore(key: Buffer, merged: KeyValue[], limit: number): void {
    while (merged.length < limit && !this.isAtEnd && Buffer.compare(this.rows[this.at]!.key, key) * this.step < 0) this.take(merged);
  }

  /** The change of that very key, if there is one: it stands for what lies below. */
  takeAt(key: Buffer, merged: KeyValue[]): boolean {
    if (this.isAtEnd || !this.rows[this.at]!.key.equals(key)) return false;
    this.take(merged);
    return true;
  }

  takeRest(merged: KeyValue[], limit: number): void {
    while (merged.length < limit && !this.isAtEnd) this.take(merged);
  }

  private take(merged: KeyValue[]): void {
    const { key, value } = this.rows[this.at]!;
    if (value !== undefined) merged.push({ key, value });
    this.at += this.step;
  }
}

/** Position of the first row from `from` on whose key is not below `key`. */
function lowerBound(rows: readonly RowChange[], key: Buffer, from = 0): number {
  let low = from;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (Buffer.compare(rows[middle]!.key, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
