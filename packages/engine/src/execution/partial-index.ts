// Whether a filter implies the filter of a partial index: only then does the index hold every document that may match.
// Source: the manual's "Partial Indexes", "Query Coverage".
import type { FilterNode } from '../query/filter-node.js';
import { boundsOf, type BoundsRules } from './bounds.js';
import { isWithin } from './interval.js';
import { typeBracket } from './type-brackets.js';
import { BsonType } from '../bson/types.js';
import { compareValues, valuesEqual } from '../bson/compare.js';
import { nullValue } from '../bson/values.js';

const singleKey: BoundsRules = { multikey: false };

/** The conditions that must all hold; what always holds is none. */
export function conjuncts(node: FilterNode): readonly FilterNode[] {
  if (node.kind === 'always' && node.matches) return [];
  return node.kind === 'and' ? node.children.flatMap(conjuncts) : [node];
}

function impliesExists(condition: FilterNode, path: string): boolean {
  if (!('path' in condition) || condition.path !== path) {
    return condition.kind === 'not' && condition.child.kind === 'comparison' && condition.child.path === path
      && condition.child.operator === '$eq' && valuesEqual(condition.child.value, nullValue);
  }
  switch (condition.kind) {
    case 'comparison':
      return !condition.value.isNullish();
    case 'in':
      return condition.values.every((value) => !value.isNullish());
    case 'exists':
      return condition.exists;
    case 'type':
    case 'regex':
    case 'elemMatch':
      return true;
    default:
      return false;
  }
}

/** Ranges within ranges, and points within ranges: the same comparison on one path, one tighter than the other. */
function impliesComparison(condition: FilterNode, wanted: Extract<FilterNode, { kind: 'comparison' | 'in' }>): boolean {
  if (condition.kind !== 'comparison' && condition.kind !== 'in') return false;
  if (condition.path !== wanted.path) return false;
  const inner = boundsOf(condition, wanted.path, singleKey);
  const outer = boundsOf(wanted, wanted.path, singleKey);
  return inner?.isExact === true && outer?.isExact === true && isWithin(inner.intervals, outer.intervals);
}

function impliesType(condition: FilterNode, path: string, types: readonly number[]): boolean {
  if (condition.kind === 'type') return condition.path === path && condition.types.every((type) => types.includes(type));
  if (condition.kind !== 'comparison' || condition.path !== path || condition.value.type === BsonType.null) return false;
  // A number compares with the numbers of every type, so one type's name is not implied by it.
  const bounds = boundsOf(condition, path, singleKey);
  const bracket = typeBracket(condition.value.type);
  const covered = numericTypes.has(condition.value.type) ? [...numericTypes].every((type) => types.includes(type)) : types.includes(condition.value.type);
  return covered && bounds?.isExact === true && isWithin(bounds.intervals, [bracket]);
}

const numericTypes = new Set<number>([BsonType.int, BsonType.long, BsonType.double, BsonType.decimal]);

function sameNode(a: FilterNode, b: FilterNode): boolean {
  if (a.kind === 'regex' && b.kind === 'regex') return a.path === b.path && a.pattern === b.pattern && a.options === b.options;
  if (a.kind === 'exists' && b.kind === 'exists') return a.path === b.path && a.exists === b.exists;
  if (a.kind === 'comparison' && b.kind === 'comparison') {
    return a.path === b.path && a.operator === b.operator && a.value.type === b.value.type && compareValues(a.value, b.value) === 0;
  }
  if (a.kind === 'not' && b.kind === 'not') return sameNode(a.child, b.child);
  return false;
}

function impliedBy(conditions: readonly FilterNode[], wanted: FilterNode): boolean {
  if (wanted.kind === 'and') return wanted.children.every((child) => impliedBy(conditions, child));
  if (wanted.kind === 'or') return wanted.children.some((child) => impliedBy(conditions, child)) || everyBranchImplies(conditions, wanted);
  if (wanted.kind === 'always') return wanted.matches;
  return conditions.some((condition) => {
    if (sameNode(condition, wanted)) return true;
    if (condition.kind === 'or') return condition.children.every((child) => impliedBy(conjuncts(child), wanted));
    switch (wanted.kind) {
      case 'exists':
        return wanted.exists && impliesExists(condition, wanted.path);
      case 'comparison':
      case 'in':
        return impliesComparison(condition, wanted);
      case 'type':
        return impliesType(condition, wanted.path, wanted.types);
      default:
        return false;
    }
  });
}

function everyBranchImplies(conditions: readonly FilterNode[], wanted: FilterNode): boolean {
  return conditions.some((condition) => condition.kind === 'or' && condition.children.every((child) => impliedBy(conjuncts(child), wanted)));
}

/** Whether every document that matches `filter` also matches `partialFilter`. */
export function implies(filter: FilterNode, partialFilter: FilterNode): boolean {
  return impliedBy(conjuncts(filter), partialFilter);
}
