import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { breather, type SortStorage } from './external-sort.js';
import { LimitedSort } from './limited-sort.js';
import type { SpillFile, SpillSpace } from './working-memory.js';

interface Row {
  readonly key: number;
  readonly place: number;
}

/** Files that lie in memory, and how many of them there are. */
function diskInMemory(): SpillSpace & { open: number; made: number } {
  const disk = {
    open: 0,
    made: 0,
    create: (): SpillFile => {
      const records: Buffer[] = [];
      disk.open += 1;
      disk.made += 1;
      let isRemoved = false;
      return {
        append: (record) => void records.push(record),
        records: () => records[Symbol.iterator](),
        remove: () => {
          if (!isRemoved) disk.open -= 1;
          isRemoved = true;
        },
      };
    },
  };
  return disk;
}

function storageOf(roomRows: number, disk: SpillSpace | undefined): SortStorage<Row> & { held: number } {
  const storage = {
    held: 0,
    disk,
    room: {
      hold: (bytes: number) => (storage.held += bytes) <= roomRows,
      release: (bytes: number) => void (storage.held -= bytes),
      refuse: (): never => {
        throw new Error('no room');
      },
    },
    bytesOf: () => 1,
    encode: ({ key, place }: Row) => Buffer.from(JSON.stringify([key, place])),
    decode: (record: Buffer): Row => {
      const [key, place] = JSON.parse(record.toString()) as [number, number];
      return { key, place };
    },
  };
  return storage;
}

function sortedBy(rows: readonly Row[], limit: number | undefined, storage: SortStorage<Row>): Row[] {
  const sort = new LimitedSort<Row>((a, b) => a.key - b.key, limit, storage);
  for (const row of rows) if (sort.add(row)) for (const step of sort.spill()) expect(step).toBeUndefined();
  const sorted = [...sort.sorted()].filter((row) => row !== breather);
  sort.close();
  return sorted;
}

describe('a sort in little memory', () => {
  it('gives what a stable sort gives, however little it may hold, and leaves nothing behind', () => {
    const keys = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 300 });
    fc.assert(fc.property(keys, fc.integer({ min: 1, max: 60 }), fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined }), (given, roomRows, limit) => {
      const rows = given.map((key, place) => ({ key, place }));
      const disk = diskInMemory();
      const storage = storageOf(roomRows, disk);
      expect(sortedBy(rows, limit, storage)).toEqual([...rows].sort((a, b) => a.key - b.key).slice(0, limit));
      expect({ open: disk.open, held: storage.held }).toEqual({ open: 0, held: 0 });
    }));
  });

  it('merges its files where they become many', () => {
    const rows = Array.from({ length: 1000 }, (_, place) => ({ key: (place * 7919) % 1000, place }));
    const disk = diskInMemory();
    expect(sortedBy(rows, undefined, storageOf(4, disk)).map(({ key }) => key)).toEqual(Array.from({ length: 1000 }, (_, key) => key));
    expect(disk.made).toBeGreaterThan(64);
  });

  it('keeps no more than the limit where that fits', () => {
    const disk = diskInMemory();
    const rows = Array.from({ length: 5000 }, (_, place) => ({ key: 5000 - place, place }));
    expect(sortedBy(rows, 3, storageOf(5, disk)).map(({ key }) => key)).toEqual([1, 2, 3]);
    expect(disk.made).toBe(0);
  });

  it('is refused where there is no disk', () => {
    expect(() => sortedBy([1, 2, 3].map((key) => ({ key, place: 0 })), undefined, storageOf(2, undefined))).toThrow('no room');
  });
});
