// Rows of dropped collections and indexes: noted in the commit that drops them, removed afterwards a piece at a time.
import { prefixKey } from './key-layout.js';
import type { LmdbEnvironment } from './lmdb-environment.js';
import { collectionCounter, indexCounter } from './counters.js';

const rowsPerSweep = 2000;
const aboveAll = Buffer.from([0xff]);

/** Key in `garbage`: [`r` or `i`][id u32]. */
export function garbageKey(table: 'records' | 'indexes', id: number): Buffer {
  return Buffer.concat([Buffer.from(table === 'records' ? 'r' : 'i'), prefixKey(id)]);
}

/** Removes one piece; false: there is nothing left to remove. Within a commit. */
export function sweepGarbage(environment: LmdbEnvironment): boolean {
  const noted = environment.range('garbage', { start: Buffer.alloc(0), end: aboveAll, reverse: false, limit: 1 }).entries[0];
  if (noted === undefined) return false;
  const isRecords = noted.key[0] === 'r'.charCodeAt(0);
  const id = noted.key.readUInt32BE(1);
  const table = isRecords ? 'records' : 'indexes';
  const { entries, isLast } = environment.range(table, { start: prefixKey(id), end: prefixKey(id + 1), reverse: false, limit: rowsPerSweep });
  for (const { key } of entries) environment.remove(table, key);
  if (isLast) {
    environment.remove('garbage', noted.key);
    environment.remove('counts', Buffer.from(isRecords ? collectionCounter(id) : indexCounter(id), 'latin1'));
  }
  return true;
}
