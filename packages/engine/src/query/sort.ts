// The order that a sort specification means. A sort takes each document's key once and compares keys.
// Source: the manual's "cursor.sort()" and "Comparison/Sort Order"; arrays sort by their least (greatest, descending) element.
import { describeValue } from '../aggregation/describe-value.js';
import type { Collation } from '../bson/collation.js';
import { compareValues } from '../bson/compare.js';
import { documentValue, type RawDocument, type RawValue } from '../bson/raw-value.js';
import { elements } from '../bson/reader.js';
import { wholeNumber } from '../bson/integers.js';
import { BsonType } from '../bson/types.js';
import { nullValue } from '../bson/values.js';
import { CommandError } from '../errors.js';
import type { QueryEnvironment } from './environment.js';
import { compileIndexKeys, type IndexKeyExtractor } from './index-keys.js';

/** One value per field of the sort. */
export type SortKey = readonly RawValue[];

export interface SortField {
  readonly path: string;
  readonly direction: 1 | -1;
}

export interface SortOrder {
  readonly fields: readonly SortField[];
  /** The values that the document sorts by. */
  keyOf(document: RawDocument): SortKey;
  compareKeys(a: SortKey, b: SortKey): number;
  /** Compares two documents outright; for more than a few comparisons take the keys first. */
  compare(a: RawDocument, b: RawDocument): number;
}

const maxSortFields = 32;

function directionOf(name: string, value: RawValue): 1 | -1 {
  if (value.type === BsonType.object) {
    throw metaRefused(name, value);
  }
  const direction = wholeNumber(value);
  if (value.number() === undefined && value.type !== BsonType.decimal) throw new CommandError(15974, `Illegal key in $sort specification: ${name}: ${describeValue(value)}`);
  if (direction !== 1 && direction !== -1) throw new CommandError(15975, '$sort key ordering must be 1 (for ascending) or -1 (for descending)');
  return direction;
}

function metaRefused(name: string, value: RawValue): CommandError {
  const [first] = [...elements(value)];
  if (first?.[0] !== '$meta') return new CommandError(17312, "$meta is the only expression supported by $sort right now");
  if (first[1].type !== BsonType.string) return new CommandError(31138, `Illegal $meta sort: ${name}: ${describeValue(value)}`);
  return new CommandError('NotImplemented', `$meta: "${first[1].string()}" is not supported in a sort`);
}

function checkPath(path: string): void {
  if (path === '') throw new CommandError(40352, 'FieldPath cannot be constructed with empty string');
  if (path.endsWith('.')) throw new CommandError(40353, "FieldPath must not end with a '.'.");
  for (const part of path.split('.')) {
    if (part === '') throw new CommandError(15998, 'FieldPath field names may not be empty strings.');
    if (part.startsWith('$') && !['$id', '$ref', '$db'].includes(part)) {
      throw new CommandError(16410, `FieldPath field names may not start with '$'. Consider using $getField or $setField.`);
    }
  }
}

function sortFields(specification: RawDocument): SortField[] {
  const fields = [...elements(documentValue(specification))].map(([path, value]): SortField => {
    const direction = directionOf(path, value);
    checkPath(path);
    return { path, direction };
  });
  const seen = new Set<string>();
  for (const { path } of fields) {
    if (seen.has(path)) throw new CommandError(7472500, `$sort key must not contain duplicate keys (duplicate field: '${path}')`);
    seen.add(path);
  }
  if (fields.length > maxSortFields) throw new CommandError(13103, `too many compound keys, limit: ${maxSortFields}`);
  return fields;
}

function compareKeysOf(fields: readonly SortField[], collation: Collation | undefined): (a: SortKey, b: SortKey) => number {
  const [only] = fields;
  if (fields.length === 1 && only !== undefined) return (a, b) => only.direction * compareValues(a[0]!, b[0]!, collation);
  return (a, b) => {
    for (let i = 0; i < fields.length; i += 1) {
      const order = compareValues(a[i]!, b[i]!, collation);
      if (order !== 0) return fields[i]!.direction * order;
    }
    return 0;
  };
}

/** Documents sort by the first of their index keys in the sort's own order, so arrays by the element that comes first. */
function keyOf(document: RawDocument, extractor: IndexKeyExtractor, compareKeys: (a: SortKey, b: SortKey) => number): SortKey {
  const keys = keysToSortBy(document, extractor);
  let least: SortKey | undefined;
  for (const key of keys) if (least === undefined || compareKeys(key, least) < 0) least = key;
  return least ?? extractor.paths.map(() => nullValue);
}

function keysToSortBy(document: RawDocument, extractor: IndexKeyExtractor): readonly SortKey[] {
  try {
    return extractor.keysOf(documentValue(document)).keys;
  } catch (error) {
    if (!(error instanceof CommandError) || error.codeName !== 'CannotIndexParallelArrays') throw error;
    throw new CommandError('BadValue', 'cannot sort with keys that are parallel arrays');
  }
}

/** The order of `{a: 1, 'b.c': -1}`, or CommandError with the words of MongoDB's `$sort`. */
export function compileSort(specification: RawDocument, environment: Pick<QueryEnvironment, 'collation'>): SortOrder {
  const fields = sortFields(specification);
  const extractor = compileIndexKeys(specification, { sparse: false });
  const compareKeys = compareKeysOf(fields, environment.collation);
  const key = (document: RawDocument): SortKey => keyOf(document, extractor, compareKeys);
  return { fields, keyOf: key, compareKeys, compare: (a, b) => compareKeys(key(a), key(b)) };
}
