// Which paths of a filter a wildcard index can be read by. It holds no documents themselves, only what is in them, and knows nothing of
// what is missing: conditions that null, a whole object or a whole array may meet are not for it, but for `$exists` and `$ne: null`,
// which take all keys at and below their path. Source: the manual's "Wildcard Index Restrictions" and "Wildcard Indexes".
import { documentValue } from '../bson/raw-value.js';
import { BsonType } from '../bson/types.js';
import { minKeyValue, nullValue, stringValue } from '../bson/values.js';
import { emptyDocument } from '../bson/writer.js';
import type { FilterNode } from '../query/filter-node.js';
import { isWildcardName, pathFieldName, type WildcardPattern } from '../query/wildcard-pattern.js';
import type { CollectionEntry, IndexEntry, ReadUnit } from '../storage/units.js';
import { arrayPathsOf } from './array-paths.js';
import { boundsOf, type Bounds } from './bounds.js';
import { requiresField } from './index-fitness.js';
import { plainView, wildcardPattern, type IndexView, type KeyField } from './index-view.js';
import { everything, intersect, isPoint, isWithin, point, unite, type Interval, type IntervalList } from './interval.js';
import { typeBracket } from './type-brackets.js';

/** Objects and arrays are next to each other in the order of values. */
const wholes = unite([typeBracket(BsonType.object), typeBracket(BsonType.array)]);
const emptyObject = [point(documentValue(emptyDocument))];
const missing = [point(nullValue)];
const anyPath: IntervalList = [point(minKeyValue), { low: stringValue(''), lowInclusive: true, high: documentValue(emptyDocument), highInclusive: false }];

/** Every path that the condition says something about. */
function pathsOf(node: FilterNode, prefix: string): readonly string[] {
  const at = (path: string): string => (prefix === '' ? path : path === '' ? prefix : `${prefix}.${path}`);
  switch (node.kind) {
    case 'and':
    case 'or':
      return node.children.flatMap((child) => pathsOf(child, prefix));
    case 'not':
      return pathsOf(node.child, prefix);
    case 'comparison':
    case 'in':
    case 'exists':
    case 'type':
    case 'regex':
      return [at(node.path)];
    case 'elemMatch':
      return [at(node.path), ...pathsOf(node.child, at(node.path))];
    case 'nor':
    case 'other':
    case 'always':
      return [];
  }
}

/** The path itself, and everything below it: `.` and `/` follow one another. */
function subtree(path: string): IntervalList {
  const below: Interval = { low: stringValue(`${path}.`), lowInclusive: true, high: stringValue(`${path}/`), highInclusive: false };
  return unite([point(stringValue(path)), below]);
}

/** The bounds, where all that they hold has keys of its own: no missing values, no objects (but empty ones) and no arrays. */
function ofKeptValues(bounds: Bounds): Bounds | undefined {
  if (isWithin(missing, bounds.intervals)) return undefined;
  const touched = intersect(bounds.intervals, wholes);
  if (touched.length === 0) return bounds;
  // An object of which no field has a key of its own stands as an empty one.
  return touched.every((interval) => isPoint(interval) && isWithin([interval], emptyObject)) ? { ...bounds, isExact: false } : undefined;
}

/** The condition holds wherever the path is there, and null is not: all keys at and below it are read. */
function isAboutPresence(condition: FilterNode, path: string, multikey: boolean): boolean {
  if (requiresField(condition, path)) return true;
  const bounds = boundsOf(condition, path, { multikey });
  return bounds !== undefined && !isWithin(missing, bounds.intervals) && isWithin(wholes, bounds.intervals);
}

type Reach = 'values' | 'subtree';

/** What must be read of the path's keys to meet every document that matches; undefined: the index does not have all of it. */
function reachOf(path: string, conditions: readonly FilterNode[], multikey: boolean): Reach | undefined {
  const hasValues = conditions.some((condition) => {
    const bounds = boundsOf(condition, path, { multikey });
    return bounds !== undefined && ofKeptValues(bounds) !== undefined;
  });
  if (hasValues) return 'values';
  return conditions.some((condition) => isAboutPresence(condition, path, multikey)) ? 'subtree' : undefined;
}

/** A number may be a place in an array, whose elements have the array's path. */
function mayBePlaceInArray(path: string, arrayPaths: readonly string[]): boolean {
  return /(?:^|\.)\d+(?:\.|$)/u.test(path) && arrayPaths.some((each) => each !== path);
}

/** The wildcard field as two, the path and its values. */
function fieldsAt(path: string, field: KeyField, reach: Reach): KeyField[] {
  const pathField: KeyField = { path: pathFieldName, descending: false, isNeverArray: true, fixed: reach === 'subtree' ? subtree(path) : [point(stringValue(path))] };
  return [pathField, reach === 'subtree' ? { ...field, path, fixed: [everything] } : { ...field, path, restrict: ofKeptValues }];
}

interface WildcardIndex {
  readonly index: IndexEntry;
  readonly pattern: WildcardPattern;
  readonly fields: readonly KeyField[];
}

function pathView({ index, pattern: { scope, position }, fields }: WildcardIndex, path: string, conditions: readonly FilterNode[], arrayPaths: readonly string[]): IndexView | undefined {
  const multikey = arrayPaths.length > 0;
  const reach = scope.covers(path) && !mayBePlaceInArray(path, arrayPaths) ? reachOf(path, conditions, multikey) : undefined;
  if (reach === undefined) return undefined;
  const expanded = fields.flatMap((field, place) => (place === position ? fieldsAt(path, field, reach) : [field]));
  return { index, fields: expanded, multikey, wildcard: { position, arrayPaths, mayRepeat: reach === 'subtree' } };
}

/** By the fields before the wildcard alone: all keys of a document, whatever their paths. */
function prefixView({ index, pattern: { position }, fields }: WildcardIndex): IndexView {
  const expanded = [...fields.slice(0, position), { path: pathFieldName, descending: false, isNeverArray: true, fixed: anyPath }];
  return { index, fields: expanded, multikey: false, wildcard: { position, arrayPaths: [], mayRepeat: true } };
}

/** Every way of reading the index for these conditions: that of an ordinary index, or those of a wildcard index. */
export function viewsOf(unit: ReadUnit, collection: CollectionEntry, index: IndexEntry, conditions: readonly FilterNode[]): readonly IndexView[] {
  const pattern = wildcardPattern(index);
  if (pattern === undefined) return [plainView(index)];
  const fields = plainView(index).fields.map((field) => (isWildcardName(field.path) ? field : { ...field, isNeverArray: true }));
  const wildcard: WildcardIndex = { index, pattern, fields };
  // Empty names stand for the element itself within a condition on elements; as names of fields they are too rare to be told apart.
  const paths = new Set(conditions.flatMap((condition) => pathsOf(condition, '')).filter((path) => !path.split('.').includes('')));
  const views = [...paths].flatMap((path) => pathView(wildcard, path, conditions, arrayPathsOf(unit, collection, index, path)) ?? []);
  return pattern.position > 0 ? [...views, prefixView(wildcard)] : views;
}
