// Names and bytes of the exact counters: documents and bytes of a collection, entries and bytes of an index.
import type { Counts } from './key-value.js';

const zeroCounts: Counts = { documents: 0, bytes: 0 };

export function collectionCounter(collectionId: number): string {
  return `c${collectionId}`;
}

export function indexCounter(indexId: number): string {
  return `i${indexId}`;
}

/** 16 bytes: two doubles, exact up to 2^53. */
export function encodeCounts(counts: Counts): Buffer {
  const value = Buffer.allocUnsafe(16);
  value.writeDoubleBE(counts.documents, 0);
  value.writeDoubleBE(counts.bytes, 8);
  return value;
}

export function decodeCounts(value: Buffer | undefined): Counts {
  if (value === undefined) return zeroCounts;
  return { documents: value.readDoubleBE(0), bytes: value.readDoubleBE(8) };
}

/** Changes of counters that wait to be written. */
export class CountDeltas {
  private readonly deltas = new Map<string, { documents: number; bytes: number }>();

  add(counter: string, documents: number, bytes: number): void {
    const delta = this.deltas.get(counter);
    if (delta === undefined) {
      this.deltas.set(counter, { documents, bytes });
      return;
    }
    delta.documents += documents;
    delta.bytes += bytes;
  }

  addAll(other: CountDeltas): void {
    for (const [counter, delta] of other.deltas) this.add(counter, delta.documents, delta.bytes);
  }

  apply(counter: string, counts: Counts): Counts {
    const delta = this.deltas.get(counter);
    if (delta === undefined) return counts;
    return { documents: counts.documents + delta.documents, bytes: counts.bytes + delta.bytes };
  }

  counters(): Iterable<string> {
    return this.deltas.keys();
  }

  clear(): void {
    this.deltas.clear();
  }
}
