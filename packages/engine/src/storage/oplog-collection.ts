// `local.oplog.rs`: the oplog as a collection that can be read, with MongoDB's own entries: `ts`, `t`, `v`, `op`, `ns`, `ui`, `o`, `o2`, `wall`.
// The changes of one transaction, which are rows of one time, are one entry (`applyOps`), and several where they would be too large for one.
// Source: the manual's pages "Replica Set Oplog" and "local Database".
import { documentValue } from '../bson/raw-value.js';
import { DocumentWriter } from '../bson/writer.js';
import { CommandError } from '../errors.js';
import type { KeyValueView } from './key-value.js';
import { aboveAllEntries, oplogCounter, trimmedKeyKey, type OplogLimits } from './oplog.js';
import { keyAtEndOf, keyBefore, OplogEntry, timeOfKey } from './oplog-entry.js';
import { scanPages } from './scan-pages.js';
import type { CollectionCounts, CollectionEntry, RecordId, RecordScan, StoredRecord } from './units.js';

export const oplogDatabase = 'local';
export const oplogName = 'oplog.rs';
/** No collection that is stored has it: theirs begin at 1. */
const oplogCollectionId = 0xffff_ffff;
const uuid = Buffer.from('6f706c6f672e4001b02d667265656801', 'hex');
const term = 1n;
const entryVersion = 2n;

/** Room for the operations of one entry; the rest of 16 MiB is for what stands around them. */
const operationsBytesMax = 15 * 1024 * 1024;
/** A record's id: seconds since 2020 in 30 bits, the increment in 18, and the part of a large transaction in 5. */
const firstSecond = 1_577_836_800;
const incrementBits = 18;
const partBits = 5;

export function isOplog(collection: CollectionEntry): boolean {
  return collection.id === oplogCollectionId;
}

/** The record of the first entry of this time, whether there is one or not. */
export function oplogRecordId(time: bigint): RecordId {
  const seconds = Math.max(Number(time >> 32n) - firstSecond, 0);
  const increment = Math.min(Number(time & 0xffff_ffffn), 2 ** incrementBits - 1);
  return (seconds * 2 ** incrementBits + increment) * 2 ** partBits;
}

function timeOfRecord(recordId: RecordId): bigint {
  const time = Math.floor(recordId / 2 ** partBits);
  const seconds = Math.floor(time / 2 ** incrementBits) + firstSecond;
  return (BigInt(seconds) << 32n) | BigInt(time % 2 ** incrementBits);
}

export interface OplogCollectionParts {
  readonly limits: () => OplogLimits;
  /** The newest time that is durable: what is behind it is not shown yet. */
  readonly end: () => bigint;
}

export class OplogCollection {
  constructor(private readonly parts: OplogCollectionParts) {}

  entry(): CollectionEntry {
    const options = new DocumentWriter().boolean('capped', true).double('size', this.parts.limits().bytes).boolean('autoIndexId', false).finish();
    return { id: oplogCollectionId, database: oplogDatabase, name: oplogName, uuid, kind: 'collection', options, indexes: [] };
  }

  counts(view: KeyValueView): CollectionCounts {
    return view.counts(oplogCounter);
  }

  record(view: KeyValueView, recordId: RecordId): Buffer | undefined {
    for (const record of this.between(view, keyBefore(timeOfRecord(recordId)), keyAtEndOf(timeOfRecord(recordId)), false)) {
      if (record.recordId === recordId) return record.document;
    }
    return undefined;
  }

  /** Throws CappedPositionLost (136) where the scan goes on behind an entry that is gone, and others with it. */
  *scan(view: KeyValueView, { reverse = false, after, hasRead = false }: RecordScan = {}): Generator<StoredRecord> {
    let start: Buffer = Buffer.alloc(0);
    let end = keyAtEndOf(this.parts.end());
    if (after !== undefined) {
      const time = timeOfRecord(after);
      if (hasRead && !reverse) checkStillThere(view, time);
      // Other parts of the same time may be left.
      if (reverse) end = keyAtEndOf(time);
      else start = keyBefore(time);
    }
    for (const record of this.between(view, start, end, reverse)) {
      if (after === undefined || (reverse ? record.recordId < after : record.recordId > after)) yield record;
    }
  }

  private *between(view: KeyValueView, start: Buffer, end: Buffer, reverse: boolean): Generator<StoredRecord> {
    let group: OplogEntry[] = [];
    // What is left of a transaction whose first changes are gone is not shown.
    const trimmed = view.get('meta', trimmedKeyKey);
    const cut = trimmed === undefined ? undefined : timeOfKey(trimmed);
    const above = Buffer.compare(end, aboveAllEntries) < 0 ? end : aboveAllEntries;
    for (const { key, value } of scanPages(view, 'oplog', { start, end: above, reverse })) {
      const entry = new OplogEntry(key, value);
      if (entry.time === cut) continue;
      if (group.length > 0 && group[0]!.time !== entry.time) {
        yield* printed(group, reverse);
        group = [];
      }
      group.push(entry);
    }
    yield* printed(group, reverse);
  }
}

function checkStillThere(view: KeyValueView, time: bigint): void {
  const trimmed = view.get('meta', trimmedKeyKey);
  if (trimmed === undefined || timeOfKey(trimmed) <= time) return;
  throw new CommandError('CappedPositionLost', "CollectionScan died due to position in capped collection being deleted. Last seen record id: RecordId(lost)");
}

function* printed(group: readonly OplogEntry[], reverse: boolean): Generator<StoredRecord> {
  const [first] = group;
  if (first === undefined) return;
  const records = first.position === undefined ? [{ recordId: oplogRecordId(first.time), document: printEntry(first) }] : printTransaction(reverse ? [...group].reverse() : group);
  yield* reverse ? records.reverse() : records;
}

function printEntry(entry: OplogEntry): Buffer {
  const writer = new DocumentWriter(entry.bytes.length + 64);
  writeOperation(writer, entry);
  return writeTrailer(writer, entry).finish();
}

function writeOperation(writer: DocumentWriter, { op, namespace, uuid: collection, o, o2 }: OplogEntry): void {
  writer.string('op', op).string('ns', namespace);
  if (collection !== undefined) writer.binary('ui', collection, 4);
  writer.document('o', o);
  if (o2 !== undefined) writer.document('o2', o2);
}

function writeTrailer(writer: DocumentWriter, entry: OplogEntry): DocumentWriter {
  return writer.timestamp('ts', entry.time).int64('t', term).int64('v', entryVersion).date('wall', Number(entry.wall_ms));
}

/** Cut where an entry would be too large; all but the last are `partialTxn`. */
function printTransaction(group: readonly OplogEntry[]): StoredRecord[] {
  const parts: OplogEntry[][] = [[]];
  let bytes = 0;
  for (const entry of group) {
    const size = entry.bytes.length;
    if (bytes > 0 && bytes + size > operationsBytesMax) {
      parts.push([]);
      bytes = 0;
    }
    bytes += size;
    parts[parts.length - 1]!.push(entry);
  }
  return parts.map((entries, part) => ({
    recordId: oplogRecordId(group[0]!.time) + part,
    document: printPart(entries, { isFirst: part === 0, isLast: part === parts.length - 1, count: group.length }),
  }));
}

function printPart(entries: readonly OplogEntry[], { isFirst, isLast, count }: { readonly isFirst: boolean; readonly isLast: boolean; readonly count: number }): Buffer {
  const first = entries[0]!;
  const writer = new DocumentWriter(entries.reduce((sum, { bytes }) => sum + bytes.length, 256));
  if (first.lsid !== undefined) writer.append('lsid', documentValue(first.lsid));
  if (first.txnNumber !== undefined) writer.int64('txnNumber', first.txnNumber);
  writer.string('op', 'c').string('ns', 'admin.$cmd').openDocument('o').openArray('applyOps');
  entries.forEach((entry, index) => {
    writer.openDocument(String(index));
    writeOperation(writer, entry);
    writer.close();
  });
  writer.close();
  if (!isLast) writer.boolean('partialTxn', true);
  else if (!isFirst) writer.int64('count', BigInt(count));
  writer.close();
  writeTrailer(writer, first).openDocument('prevOpTime').timestamp('ts', isFirst ? 0n : first.time).int64('t', isFirst ? -1n : term).close();
  return writer.finish();
}
