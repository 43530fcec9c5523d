// From conditions of a filter to intervals of one field's index keys. Bounds may hold more than what matches (documents are
// checked again after they are fetched) and never less. Source: the manual's "Multikey Index Bounds" and "Create Indexes".
import { arrayValues } from '../bson/reader.js';
import type { RawValue } from '../bson/raw-value.js';
import { RawValue as Value } from '../bson/raw-value.js';
import { BsonType, isNumericType } from '../bson/types.js';
import { maxKeyValue, nullValue, stringValue, undefinedValue } from '../bson/values.js';
import type { ComparisonOperator, FilterNode } from '../query/filter-node.js';
import { complement, everything, intersect, isPoint, point, unite, type Interval, type IntervalList } from './interval.js';
import { regexPrefix } from './regex-prefix.js';
import { comparisonBracket, typeBracket } from './type-brackets.js';

export interface Bounds {
  readonly intervals: IntervalList;
  /** Whether a key in the intervals always belongs to a document that matches, and every other key to one that does not. */
  readonly isExact: boolean;
}

/** What the bounds may rely on of the index that they are for. */
export interface BoundsRules {
  /** A document may have several keys: two conditions may be met by two of them, so that their bounds do not intersect. */
  readonly multikey: boolean;
}

function exact(intervals: IntervalList): Bounds {
  return { intervals, isExact: true };
}

function inexact(intervals: IntervalList): Bounds {
  return { intervals, isExact: false };
}

const nullPoints = unite([point(undefinedValue), point(nullValue)]);

function equalityBounds(value: RawValue, rules: BoundsRules): Bounds {
  if (value.type === BsonType.null) return { intervals: nullPoints, isExact: !rules.multikey };
  if (value.type === BsonType.undefined) return inexact(nullPoints);
  if (value.type !== BsonType.array) return exact([point(value)]);
  // An array is indexed by its elements; the empty one by undefined; one within another by itself.
  const first = arrayValues(value)[0] ?? undefinedValue;
  return inexact(unite([point(value), point(first)]));
}

const incomparable = new Set<BsonType>([
  BsonType.array, BsonType.minKey, BsonType.maxKey, BsonType.regex, BsonType.undefined, BsonType.dbPointer, BsonType.javascript,
  BsonType.javascriptWithScope,
]);

function isNaNValue(value: RawValue): boolean {
  return value.type === BsonType.double && Number.isNaN(value.double());
}

function comparisonBounds(operator: ComparisonOperator, value: RawValue, rules: BoundsRules): Bounds | undefined {
  if (operator === '$eq') return equalityBounds(value, rules);
  if (value.type === BsonType.null) return operator === '$gte' || operator === '$lte' ? equalityBounds(value, rules) : undefined;
  // Decimals may be NaN too; their bounds would have to exclude it, which is not worth a rule.
  if (incomparable.has(value.type) || isNaNValue(value) || value.type === BsonType.decimal) return undefined;
  const bracket = comparisonBracket(value.type);
  const isExact = value.type !== BsonType.object;
  if (operator === '$gt' || operator === '$gte') {
    return { intervals: unite([{ ...bracket, low: value, lowInclusive: operator === '$gte' }]), isExact };
  }
  return { intervals: unite([{ ...bracket, high: value, highInclusive: operator === '$lte' }]), isExact };
}

function regexBounds(pattern: string, options: string): Bounds {
  const optionBytes = Buffer.from(`${pattern}\0${options}\0`, 'utf8');
  const itself = point(new Value(BsonType.regex, optionBytes, 0, optionBytes.length));
  const prefix = regexPrefix(pattern, options);
  if (prefix === undefined) return inexact(unite([comparisonBracket(BsonType.string), itself]));
  const low = stringValue(prefix);
  return inexact(unite([{ low, lowInclusive: true, high: stringAfterPrefix(low), highInclusive: false }, itself]));
}

/** The least string above all that begin with this one; the end of all strings where there is none. */
function stringAfterPrefix(prefix: RawValue): RawValue {
  const text = Buffer.from(prefix.bytes.subarray(prefix.start + 4, prefix.end - 1));
  let length = text.length;
  while (length > 0 && text[length - 1] === 0xff) length -= 1;
  if (length === 0) return comparisonBracket(BsonType.string).high;
  text[length - 1]! += 1;
  const bytes = Buffer.alloc(length + 5);
  bytes.writeInt32LE(length + 1, 0);
  text.copy(bytes, 4, 0, length);
  return new Value(BsonType.string, bytes, 0, bytes.length);
}

function inBounds(node: Extract<FilterNode, { kind: 'in' }>, rules: BoundsRules): Bounds {
  const parts = [
    ...node.values.map((value) => equalityBounds(value, rules)),
    ...node.regexes.map((regex) => regexBounds(regex.regex().pattern, regex.regex().options)),
  ];
  return { intervals: unite(parts.flatMap(({ intervals }) => intervals)), isExact: parts.every(({ isExact }) => isExact) };
}

function typeBounds(types: readonly number[]): Bounds | undefined {
  if (types.includes(BsonType.array)) return undefined;
  return inexact(unite(types.map((type) => typeBracket(type as BsonType))));
}

/** The better of two bounds where only one may be used: more points, then fewer intervals without end. */
function tighter(a: Bounds, b: Bounds): Bounds {
  const weight = ({ intervals }: Bounds): number => (intervals.every(isPoint) ? intervals.length : 1e6 + intervals.length + openEnds(intervals));
  return weight(b) < weight(a) ? b : a;
}

function openEnds(intervals: IntervalList): number {
  return intervals.filter(({ low, high }) => low.type === everything.low.type || high.type === maxKeyValue.type || isUnboundedNumber(low, high)).length;
}

function isUnboundedNumber(low: RawValue, high: RawValue): boolean {
  return [low, high].some((value) => value.type === BsonType.double && !Number.isFinite(value.double()));
}

/** Bounds of several conditions that must all hold. With a multikey index only one of them counts, unless `sameElement`. */
export function combineBounds(bounds: readonly Bounds[], rules: BoundsRules, sameElement = false): Bounds | undefined {
  const [first, ...rest] = bounds;
  if (first === undefined) return undefined;
  if (rest.length === 0) return first;
  if (rules.multikey && !sameElement) return { ...rest.reduce(tighter, first), isExact: false };
  return rest.reduce((a, b) => ({ intervals: intersect(a.intervals, b.intervals), isExact: a.isExact && b.isExact }), first);
}

function notBounds(child: FilterNode, path: string, rules: BoundsRules): Bounds | undefined {
  if (child.kind !== 'comparison' && child.kind !== 'in') return undefined;
  const bounds = boundsOf(child, path, rules);
  // What is outside of inexact bounds does not match, but something inside may not either.
  return bounds?.isExact === true ? { intervals: complement(bounds.intervals), isExact: !rules.multikey } : undefined;
}

function orBounds(children: readonly FilterNode[], path: string, rules: BoundsRules): Bounds | undefined {
  const all: Interval[] = [];
  let isExact = true;
  for (const child of children) {
    const bounds = boundsOf(child, path, rules);
    if (bounds === undefined) return undefined;
    all.push(...bounds.intervals);
    isExact &&= bounds.isExact && !(child.kind === 'and');
  }
  return { intervals: unite(all), isExact };
}

function elementBounds(child: FilterNode, rules: BoundsRules): Bounds | undefined {
  const conditions = child.kind === 'and' ? child.children : [child];
  const bounds = conditions.flatMap((condition) => boundsOf(condition, '', rules) ?? []);
  const combined = combineBounds(bounds, rules, true);
  return combined === undefined ? undefined : inexact(combined.intervals);
}

/** Intervals of the keys of `path` outside of which no document matches; undefined where the condition says nothing about it. */
export function boundsOf(node: FilterNode, path: string, rules: BoundsRules): Bounds | undefined {
  switch (node.kind) {
    case 'and':
      return combineBounds(node.children.flatMap((child) => boundsOf(child, path, rules) ?? []), rules);
    case 'or':
      return orBounds(node.children, path, rules);
    case 'not':
      return notBounds(node.child, path, rules);
    case 'comparison':
      return node.path === path ? comparisonBounds(node.operator, node.value, rules) : undefined;
    case 'in':
      return node.path === path ? inBounds(node, rules) : undefined;
    case 'exists':
      return node.path !== path ? undefined : inexact(node.exists ? [everything] : nullPoints);
    case 'type':
      return node.path === path ? typeBounds(node.types) : undefined;
    case 'regex':
      return node.path === path ? regexBounds(node.pattern, node.options) : undefined;
    case 'elemMatch':
      return elemMatchBounds(node, path, rules);
    case 'nor':
    case 'other':
    case 'always':
      return undefined;
  }
}

function elemMatchBounds(node: Extract<FilterNode, { kind: 'elemMatch' }>, path: string, rules: BoundsRules): Bounds | undefined {
  // An element that is an array itself has one key, whole: what is in it is nowhere to be found.
  if (path === '') return undefined;
  if (node.path === path) return elementBounds(node.child, rules);
  if (!path.startsWith(`${node.path}.`)) return undefined;
  const bounds = boundsOf(node.child, path.slice(node.path.length + 1), rules);
  return bounds === undefined ? undefined : inexact(bounds.intervals);
}

/** Whether these bounds are about values that compare alike under every collation. */
export function isCollationFree(intervals: IntervalList): boolean {
  return intervals.every(({ low, high }) => [low, high].every((value) => isNumericType(value.type) || !collated.has(value.type)));
}

const collated = new Set<BsonType>([BsonType.string, BsonType.symbol, BsonType.object, BsonType.array]);
