// What one index can do for a filter and a sort: bounds, ranges, and whether its order is the order that is asked for.
import type { Collation } from '../bson/collation.js';
import { ElementReader } from '../bson/reader.js';
import { documentValue, type RawDocument } from '../bson/raw-value.js';
import { BsonType } from '../bson/types.js';
import { nullValue } from '../bson/values.js';
import type { FilterNode } from '../query/filter-node.js';
import type { IndexEntry } from '../storage/units.js';
import { boundsOf, combineBounds, isCollationFree, type Bounds, type BoundsRules } from './bounds.js';
import { foldedBounds, indexedTexts, type IndexedTexts } from './indexed-texts.js';
import { isEverything, isPoint, isWithin, point } from './interval.js';
import { keyRanges, unbounded, type KeyRanges } from './key-ranges.js';
import { conjuncts } from './partial-index.js';
import type { Direction, FieldBounds, IndexScanPlan } from './plan.js';

export interface KeyField {
  readonly path: string;
  readonly descending: boolean;
  /** Of an index: values are looked up, not ordered. */
  readonly isHashed?: boolean;
}

/** The fields of a key pattern or sort specification of numbers. */
export function keyFields(pattern: RawDocument): KeyField[] {
  const fields: KeyField[] = [];
  const reader = ElementReader.of(documentValue(pattern));
  while (reader.next()) {
    const field = { path: reader.name(), descending: (reader.value().number() ?? 1) < 0 };
    fields.push(reader.type === BsonType.string ? { ...field, isHashed: true } : field);
  }
  return fields;
}

/** Whether its fields are ascending, descending or hashed; other kinds are not planned with. */
function isOrdered(pattern: RawDocument): boolean {
  const reader = ElementReader.of(documentValue(pattern));
  while (reader.next()) if ((reader.type === BsonType.string && reader.value().string() !== 'hashed') || reader.name().includes('$**')) return false;
  return true;
}

interface KnownIndex {
  readonly fields: readonly KeyField[];
  readonly isOrdered: boolean;
}

/** By catalog entry, which is immutable: every planning asks about every index. */
const knownIndexes = new WeakMap<IndexEntry, KnownIndex>();

function knownIndex(index: IndexEntry): KnownIndex {
  let known = knownIndexes.get(index);
  if (known === undefined) {
    known = { fields: keyFields(index.key), isOrdered: isOrdered(index.key) };
    knownIndexes.set(index, known);
  }
  return known;
}

/**
 * Whether a look at the index's bounds is worth it: it is ordered, and its first field is in the sort or may be in the filter.
 * What is sorted out here could neither bound a scan nor give an order.
 */
export function isPromising(index: IndexEntry, conditions: readonly FilterNode[], sort: readonly KeyField[]): boolean {
  const { fields, isOrdered: canScan } = knownIndex(index);
  const first = fields[0]?.path;
  return canScan && (sort[0]?.path === first || conditions.some((condition) => !isSimple(condition) || condition.path === first));
}

export interface IndexCandidate {
  readonly index: IndexEntry;
  readonly bounds: readonly FieldBounds[];
  readonly keyRanges: KeyRanges;
  /** Leading fields with nothing but points. */
  readonly equalityCount: number;
  /** Leading fields with any bounds. */
  readonly boundedCount: number;
  /** Every field has one point and the index is unique: at most one document. */
  readonly isSingle: boolean;
  /** The bounds alone say whether a document matches. */
  readonly isExact: boolean;
}

function firstPart(path: string): string {
  const dot = path.indexOf('.');
  return dot === -1 ? path : path.slice(0, dot);
}

/** With a multikey index, two fields below the same array may be met by different elements: only the first one is bounded. */
function mayBound(index: IndexEntry, field: KeyField, bounded: readonly KeyField[]): boolean {
  return !index.multikey || !bounded.some((earlier) => firstPart(earlier.path) === firstPart(field.path));
}

function fieldBounds(conditions: readonly FilterNode[], field: KeyField, index: IndexEntry, texts: IndexedTexts): Bounds | undefined {
  const rules = { multikey: index.multikey };
  const found: Bounds[] = [];
  let isComplete = true;
  for (const condition of conditions) {
    const bounds = conditionBounds(condition, field.path, rules, texts);
    if (bounds !== undefined) found.push(bounds);
    else if (isSimple(condition) && condition.path === field.path) isComplete = false;
  }
  const combined = combineBounds(hasIndexPart(field.path) ? found.flatMap(withoutMissing) : found, rules);
  // A condition that no bounds express (`$gt: null`) has yet to be checked, however exact the bounds of the others are.
  return combined === undefined || isComplete ? combined : { ...combined, isExact: false };
}

function conditionBounds(condition: FilterNode, path: string, rules: BoundsRules, texts: IndexedTexts): Bounds | undefined {
  const bounds = boundsOf(condition, path, rules);
  if (bounds === undefined || texts.kind === 'simple' || isCollationFree(bounds.intervals)) return bounds;
  return texts.kind === 'folded' ? foldedBounds(condition, bounds, texts.collation) : undefined;
}

/** Whether a component of the path may stand for a place in an array. */
function hasIndexPart(path: string): boolean {
  return /(?:^|\.)\d+(?:\.|$)/.test(path);
}

/** Where `a.0` is missing, a filter and an index need not mean the same thing: bounds that hold null say nothing there. */
function withoutMissing(bounds: Bounds): Bounds[] {
  return isWithin([point(nullValue)], bounds.intervals) ? [] : [{ ...bounds, isExact: false }];
}

/** Conditions whose whole meaning may lie in one field's bounds. */
function isSimple(condition: FilterNode): condition is Extract<FilterNode, { kind: 'comparison' | 'in' }> {
  return condition.kind === 'comparison' || condition.kind === 'in';
}

export function indexCandidate(index: IndexEntry, filter: FilterNode, collation: Collation | undefined): IndexCandidate {
  const conditions = conjuncts(filter);
  const texts = indexedTexts(index, collation);
  const bounded: KeyField[] = [];
  const exactPaths = new Set<string>();
  const bounds = knownIndex(index).fields.map((field): FieldBounds => {
    const found = mayBound(index, field, bounded) ? fieldBounds(conditions, field, index, texts) : undefined;
    if (found === undefined || (field.isHashed === true && !found.intervals.every(isPoint))) return { ...field, intervals: unbounded };
    if (!isEverything(found.intervals)) bounded.push(field);
    if (found.isExact) exactPaths.add(field.path);
    return { ...field, intervals: found.intervals };
  });
  const ranges = keyRanges(bounds);
  return {
    index, bounds, keyRanges: ranges,
    equalityCount: leadingCount(bounds, ({ intervals }) => intervals.every(isPoint)),
    boundedCount: Math.min(leadingCount(bounds, ({ intervals }) => !isEverything(intervals)), ranges.fieldCount),
    isSingle: index.unique && bounds.every(({ intervals }) => intervals.length === 1 && isPoint(intervals[0]!)),
    isExact: ranges.isExact && conditions.every((condition) => isSimple(condition) && exactPaths.has(condition.path)),
  };
}

function leadingCount(bounds: readonly FieldBounds[], holds: (bounds: FieldBounds) => boolean): number {
  const end = bounds.findIndex((field) => !holds(field));
  return end === -1 ? bounds.length : end;
}

/**
 * The direction in which the index yields the order `sort`, or undefined. Fields with one point do not disturb the order.
 * A multikey index yields an order only where the whole range of the sorted fields is read.
 */
export function providedDirection(candidate: Pick<IndexCandidate, 'index' | 'bounds'>, sort: readonly KeyField[]): Direction | undefined {
  let direction: Direction | undefined;
  let next = 0;
  for (const field of candidate.bounds) {
    const wanted = sort[next];
    if (wanted === undefined) break;
    const isFixed = field.intervals.length === 1 && isPoint(field.intervals[0]!);
    if (field.path !== wanted.path || (field.isHashed === true && !isFixed)) {
      if (isFixed) continue;
      return undefined;
    }
    if (candidate.index.multikey && !isEverything(field.intervals)) return undefined;
    next += 1;
    if (isFixed) continue;
    const here: Direction = field.descending === wanted.descending ? 'forward' : 'backward';
    if (direction !== undefined && direction !== here) return undefined;
    direction = here;
  }
  return next === sort.length ? (direction ?? 'forward') : undefined;
}

export function scanOf(candidate: IndexCandidate, direction: Direction): IndexScanPlan {
  const { index, bounds, keyRanges: { ranges } } = candidate;
  return { stage: 'IXSCAN', index, bounds, ranges, direction };
}
