// Rows of dropped collections and indexes: noted in the commit that drops them, removed afterwards a piece at a time.
import { prefixKey } from './key-layout.js';
import type { LmdbEnvironment } from './lmdb-environment.js';
import { collectionCounter, indexCounter } from './counters.js';

/** A piece takes about this long. */
const sweep_ms = 5;
const rowsPerPage = 500;
const aboveAll = Buffer.from([0xff]);

/** Key in `garbage`: [`r` or `i`][id u32]. */
export function garbageKey(table: 'records' | 'indexes', id: number): Buffer {
  return Buffer.concat([Buffer.from(table === 'records' ? 'r' : 'i'), prefixKey(id)]);
}

/** Removes a piece; false: there is nothing left to remove. Within a commit. */
export function sweepGarbage(environment: LmdbEnvironment): boolean {
  const end_ms = performance.now() + sweep_ms;
  while (performance.now() < end_ms) {
    const noted = environment.range('garbage', { start: Buffer.alloc(0), end: aboveAll, reverse: false, limit: 1 }).entries[0];
    if (noted === undefined) return false;
    removeRows(environment, noted.key);
  }
  return true;
}

function removeRows(environment: LmdbEnvironment, noted: Buffer): void {
  const isRecords = noted[0] === 'r'.charCodeAt(0);
  const id = noted.readUInt32BE(1);
  const table = isRecords ? 'records' : 'indexes';
  const { entries, isLast } = environment.range(table, { start: prefixKey(id), end: prefixKey(id + 1), reverse: false, limit: rowsPerPage });
  for (const { key } of entries) environment.remove(table, key);
  if (!isLast) return;
  environment.remove('garbage', noted);
  environment.remove('counts', Buffer.from(isRecords ? collectionCounter(id) : indexCounter(id), 'latin1'));
}
