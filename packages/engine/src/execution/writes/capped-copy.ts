// Copies of collections into capped ones: the newest documents that there is room for, in the order in which they were stored.
// Source: the manual's pages "convertToCapped" and "cloneCollectionAsCapped".
import { documentValue, type RawDocument } from '../../bson/raw-value.js';
import { elements } from '../../bson/reader.js';
import { booleanValue, documentOf, int64Value } from '../../bson/values.js';
import { CommandError } from '../../errors.js';
import type { CollectionEntry, RecordId, WriteUnit } from '../../storage/units.js';
import { writeTarget } from './write-target.js';

/** Capped collections are as large as a multiple of this. */
const block_bytes = 256;
/** All of it is written at once, so that no write comes between the copy and what was copied. */
export const maxCopied_bytes = 256 * 1024 * 1024;

export interface CappedCopy {
  readonly database: string;
  readonly from: string;
  readonly to: string;
  readonly size_bytes: number;
}

/** Throws InvalidOptions (72) for a size that no collection can have. */
export function checkCappedSize(size_bytes: number): void {
  if (!(size_bytes > 0)) throw new CommandError('InvalidOptions', 'Capped collection size must be greater than zero');
}

function cappedOptions(options: RawDocument, size_bytes: number): RawDocument {
  const others = [...elements(documentValue(options))].filter(([name]) => !['capped', 'size', 'max'].includes(name));
  const size = BigInt(Math.ceil(size_bytes / block_bytes) * block_bytes);
  return documentOf([['capped', booleanValue(true)], ['size', int64Value(size)], ...others]);
}

/** The record before the first one that is copied; undefined: all are. */
function lastLeftOut(unit: WriteUnit, source: CollectionEntry, size_bytes: number): RecordId | undefined {
  let bytes = 0;
  for (const { recordId, document } of unit.scanRecords(source, { reverse: true })) {
    bytes += document.length;
    if (bytes > size_bytes) return recordId;
    if (bytes > maxCopied_bytes) throw new CommandError('ExceededMemoryLimit', `more than ${maxCopied_bytes} bytes would be copied at once: create a capped collection and copy with $merge`);
  }
  return undefined;
}

/** The collection to copy. Throws NamespaceNotFound, CommandNotSupportedOnView, and InvalidOptions for time series. */
export function copiedCollection(unit: WriteUnit, { database, from }: CappedCopy): CollectionEntry {
  const source = writeTarget(unit, database, from);
  if (source === undefined) throw new CommandError('NamespaceNotFound', `source collection ${database}.${from} does not exist`);
  if (source.kind === 'timeseries') throw new CommandError('InvalidOptions', 'a time-series collection does not become capped');
  return source;
}

/** Makes the copy, which has no indexes but the one on `_id`. */
export function copyCapped(unit: WriteUnit, copy: CappedCopy): CollectionEntry {
  const source = copiedCollection(unit, copy);
  const target = unit.createCollection(copy.database, copy.to, cappedOptions(source.options, copy.size_bytes));
  const after = lastLeftOut(unit, source, copy.size_bytes);
  for (const { document } of unit.scanRecords(source, after === undefined ? {} : { after })) unit.insert(target, document);
  return target;
}
