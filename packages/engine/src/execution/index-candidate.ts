// What one index can do for a filter and a sort: bounds, ranges, and whether its order is the order that is asked for.
import type { Collation } from '../bson/collation.js';
import { nullValue } from '../bson/values.js';
import type { FilterNode } from '../query/filter-node.js';
import type { IndexEntry } from '../storage/units.js';
import { boundsOf, combineBounds, isCollationFree, type Bounds, type BoundsRules } from './bounds.js';
import { plainView, wildcardPattern, type IndexView, type KeyField } from './index-view.js';
import { foldedBounds, indexedTexts, type IndexedTexts } from './indexed-texts.js';
import { isEverything, isPoint, isWithin, point, type IntervalList } from './interval.js';
import { keyRanges, unbounded, type KeyRanges } from './key-ranges.js';
import { conjuncts } from './partial-index.js';
import type { Direction, FieldBounds, IndexScanPlan } from './plan.js';

/**
 * Whether a look at the index's bounds is worth it: its first field is in the sort or may be in the filter.
 * What is sorted out here could neither bound a scan nor give an order.
 */
export function isPromising(index: IndexEntry, conditions: readonly FilterNode[], sort: readonly KeyField[]): boolean {
  // Which paths a wildcard index is good for, its views say.
  if (wildcardPattern(index) !== undefined) return conditions.length > 0;
  const first = plainView(index).fields[0]?.path;
  return sort[0]?.path === first || conditions.some((condition) => !isSimple(condition) || condition.path === first);
}

export interface IndexCandidate {
  readonly index: IndexEntry;
  readonly view: IndexView;
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
function mayBound({ multikey }: IndexView, field: KeyField, bounded: readonly KeyField[]): boolean {
  return !multikey || field.isNeverArray === true || !bounded.some((earlier) => firstPart(earlier.path) === firstPart(field.path));
}

function fieldBounds(conditions: readonly FilterNode[], field: KeyField, view: IndexView, texts: IndexedTexts): Bounds | undefined {
  const rules = { multikey: view.multikey && field.isNeverArray !== true };
  const found: Bounds[] = [];
  let isComplete = true;
  for (const condition of conditions) {
    const bounds = conditionBounds(condition, field, rules, texts);
    if (bounds !== undefined) found.push(bounds);
    else if (isSimple(condition) && condition.path === field.path) isComplete = false;
  }
  const combined = combineBounds(hasIndexPart(field.path) ? found.flatMap(withoutMissing) : found, rules);
  // A condition that no bounds express (`$gt: null`) has yet to be checked, however exact the bounds of the others are.
  return combined === undefined || isComplete ? combined : { ...combined, isExact: false };
}

function conditionBounds(condition: FilterNode, { path, restrict }: KeyField, rules: BoundsRules, texts: IndexedTexts): Bounds | undefined {
  const found = boundsOf(condition, path, rules);
  const bounds = found === undefined || restrict === undefined ? found : restrict(found);
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

/** What the index, read so, can do for the filter. */
export function indexCandidate(view: IndexView, filter: FilterNode, collation: Collation | undefined): IndexCandidate {
  const { index } = view;
  const conditions = conjuncts(filter);
  const texts = indexedTexts(index, collation);
  const bounded: KeyField[] = [];
  const exactPaths = new Set<string>();
  const bounds = view.fields.map((field): FieldBounds => {
    if (field.fixed !== undefined) return withIntervals(field, field.fixed);
    const found = mayBound(view, field, bounded) ? fieldBounds(conditions, field, view, texts) : undefined;
    if (found === undefined || (field.isHashed === true && !found.intervals.every(isPoint))) return withIntervals(field, unbounded);
    if (!isEverything(found.intervals)) bounded.push(field);
    if (found.isExact) exactPaths.add(field.path);
    return withIntervals(field, found.intervals);
  });
  const ranges = keyRanges(bounds);
  const { equalityCount, boundedCount } = countFields(view, bounds, ranges);
  return {
    index, view, bounds, keyRanges: ranges, equalityCount, boundedCount,
    isSingle: index.unique && bounds.every(({ intervals }) => intervals.length === 1 && isPoint(intervals[0]!)),
    isExact: ranges.isExact && view.wildcard?.mayRepeat !== true && conditions.every((condition) => isSimple(condition) && exactPaths.has(condition.path)),
  };
}

/** A spread costs much more than a literal, and few fields have anything special about them. */
function withIntervals(field: KeyField, intervals: IntervalList): FieldBounds {
  const { path, descending, isHashed, isNeverArray } = field;
  return isHashed === undefined && isNeverArray === undefined ? { path, descending, intervals } : { ...field, intervals };
}

function countFields({ wildcard }: IndexView, bounds: readonly FieldBounds[], ranges: KeyRanges): Pick<IndexCandidate, 'equalityCount' | 'boundedCount'> {
  const equalityCount = leadingCount(bounds, ({ intervals }) => intervals.every(isPoint));
  const boundedCount = Math.min(leadingCount(bounds, ({ intervals }) => !isEverything(intervals)), ranges.fieldCount);
  if (wildcard === undefined) return { equalityCount, boundedCount };
  // The path alone says nothing of values; where it comes behind fields that are not bounded, nothing is won by it.
  const withoutPath = (count: number): number => (count > wildcard.position ? count - 1 : count);
  const isPrefixBounded = boundedCount > 0 && (wildcard.position === 0 || !isEverything(bounds[0]!.intervals));
  return { equalityCount: withoutPath(equalityCount), boundedCount: isPrefixBounded ? Math.max(1, withoutPath(boundedCount)) : 0 };
}

function leadingCount(bounds: readonly FieldBounds[], holds: (bounds: FieldBounds) => boolean): number {
  const end = bounds.findIndex((field) => !holds(field));
  return end === -1 ? bounds.length : end;
}

/**
 * The direction in which the index yields the order `sort`, or undefined. Fields with one point do not disturb the order.
 * A multikey index yields an order only where the whole range of the sorted fields is read.
 */
export function providedDirection(candidate: { readonly view: IndexView; readonly bounds: readonly FieldBounds[] }, sort: readonly KeyField[]): Direction | undefined {
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
    if (candidate.view.multikey && field.isNeverArray !== true && !isEverything(field.intervals)) return undefined;
    next += 1;
    if (isFixed) continue;
    const here: Direction = field.descending === wanted.descending ? 'forward' : 'backward';
    if (direction !== undefined && direction !== here) return undefined;
    direction = here;
  }
  return next === sort.length ? (direction ?? 'forward') : undefined;
}

export function scanOf({ view, bounds, keyRanges: { ranges } }: Pick<IndexCandidate, 'view' | 'bounds' | 'keyRanges'>, direction: Direction): IndexScanPlan {
  const { index, multikey, wildcard } = view;
  const scan: IndexScanPlan = { stage: 'IXSCAN', index, multikey, bounds, ranges, direction };
  return wildcard === undefined ? scan : { ...scan, wildcard };
}
