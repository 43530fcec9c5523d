// `min` and `max` of find: a range of an index's keys, whatever the filter says. Source: the manual's pages "cursor.min()" and
// "cursor.max()"; codes as the server's query planner gives them.
import { encodeKey, type Direction as KeyDirection } from '../bson/key-encoding.js';
import { documentValue, type RawDocument, type RawValue } from '../bson/raw-value.js';
import { elements } from '../bson/reader.js';
import { CommandError } from '../errors.js';
import { foldingCollation } from '../storage/index-collation.js';
import type { IndexEntry, KeyRange } from '../storage/units.js';
import type { IndexCandidate } from './index-candidate.js';
import { plainView, wildcardPattern, type KeyField } from './index-view.js';
import { everyKey, unbounded } from './key-ranges.js';

export interface IndexRange {
  /** The first key, if given. */
  readonly min: RawDocument | undefined;
  /** The first key that is left out, if given. */
  readonly max: RawDocument | undefined;
}

function incompatible(index: IndexEntry): CommandError {
  return new CommandError(51174, `The index '${index.name}' chosen by the hint does not fit the fields of min and max`);
}

function keyOf(bound: RawDocument, index: IndexEntry, fields: readonly KeyField[]): Buffer {
  const given = [...elements(documentValue(bound))];
  if (given.length !== fields.length || given.some(([name], position) => name !== fields[position]!.path)) throw incompatible(index);
  const values: RawValue[] = given.map(([, value]) => value);
  const directions = fields.map(({ descending }): KeyDirection => (descending ? -1 : 1));
  const { bytes, isTruncated } = encodeKey(values, directions);
  if (isTruncated) throw new CommandError('NotImplemented', 'min and max take keys of up to 1 KB');
  return bytes;
}

function rangeOf({ min, max }: IndexRange, index: IndexEntry, fields: readonly KeyField[]): KeyRange {
  if (foldingCollation(index) !== undefined) throw new CommandError('NotImplemented', 'min and max are not supported with an index that has a collation: its keys are in no order');
  const start = min === undefined ? everyKey.start : keyOf(min, index, fields);
  const end = max === undefined ? everyKey.end : keyOf(max, index, fields);
  if (min !== undefined && max !== undefined && Buffer.compare(start, end) >= 0) {
    throw new CommandError(51175, 'The value provided for min() does not come before the value provided for max()');
  }
  return { start, startInclusive: true, end, endInclusive: false };
}

/** The scan of the hinted index between `min` and `max`; the filter is checked besides. */
export function rangeCandidate(range: IndexRange, index: IndexEntry): IndexCandidate {
  if (wildcardPattern(index) !== undefined) throw incompatible(index);
  const view = plainView(index);
  const { fields } = view;
  return {
    index, view,
    bounds: fields.map((field) => ({ ...field, intervals: unbounded })),
    keyRanges: { ranges: [rangeOf(range, index, fields)], isExact: false, fieldCount: fields.length },
    equalityCount: 0,
    boundedCount: 0,
    isSingle: false,
    isExact: false,
  };
}

/** Throws where both are given and name different fields. */
export function checkRange({ min, max }: IndexRange): void {
  if (min === undefined || max === undefined) return;
  const [low, high] = [min, max].map((bound) => [...elements(documentValue(bound))].map(([name]) => name).join('\0'));
  if (low !== high) throw new CommandError(51176, 'min() and max() must have the same field names');
}
