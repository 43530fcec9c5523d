// A compiled part of a filter, and the ways to combine parts.
import type { RawValue } from '../../bson/raw-value.js';
import { BsonType } from '../../bson/types.js';
import type { QueryEnvironment } from '../environment.js';
import type { FilterNode } from '../filter-node.js';
import { fieldOf, type Path } from '../path.js';
import { anyElement, anyValueAt, type Position, type ValueTest } from './path-values.js';

export interface Predicate {
  readonly node: FilterNode;
  /** Whether the document matches; notes in `position` the array element that did it. */
  readonly matches: (document: RawValue, position: Position | undefined) => boolean;
}

/** A predicate about one path, which `$elemMatch: {$gt: ...}` can also ask of an array's element. */
export interface FieldPredicate extends Predicate {
  readonly matchesElement: (element: RawValue) => boolean;
}

/** What operators are compiled with. */
export interface MatchCompiler {
  readonly environment: QueryEnvironment;
  /** Inside `$elemMatch` and `$jsonSchema` some operators are refused. */
  readonly isTopLevel: boolean;
  /** A whole filter, e.g. of `$and` or of `$elemMatch`'s object form. */
  compileDocument(filter: RawValue, isTopLevel: boolean): Predicate;
  /** The operators of one field, e.g. `{$gt: 1, $lt: 5}`. */
  compileOperators(path: Path, operators: RawValue): FieldPredicate[];
}

/** Compiles `{path: {$operator: operand}}`. `siblings` is the object the operator stands in (`$regex` reads `$options`). */
export type FieldOperator = (path: Path, operand: RawValue, siblings: RawValue, compiler: MatchCompiler) => FieldPredicate;

/** Compiles a `$operator` at the top of a filter. */
export type TopLevelOperator = (operand: RawValue, compiler: MatchCompiler) => Predicate;

/** A test of every value at the path, leaf arrays entered. */
export function leafPredicate(path: Path, node: FilterNode, test: ValueTest): FieldPredicate {
  const [name] = path.names;
  if (path.names.length > 1 || name === undefined) {
    return { node, matchesElement: test, matches: (document, position) => anyValueAt(document, path, true, test, position) };
  }
  const matches = (document: RawValue, position: Position | undefined): boolean => {
    const value = fieldOf(document, name);
    if (value?.type === BsonType.array && anyElement(value, test, position)) return true;
    return test(value);
  };
  return { node, matchesElement: test, matches };
}

/** A test of the value at the path where an array is taken as a whole. */
export function wholePredicate(path: Path, node: FilterNode, test: ValueTest): FieldPredicate {
  return { node, matchesElement: test, matches: (document, position) => anyValueAt(document, path, false, test, position) };
}

/** The opposite of a predicate; it never tells a position, since no single element made it match. */
export function negate(predicate: FieldPredicate): FieldPredicate {
  return {
    node: { kind: 'not', child: predicate.node },
    matches: (document) => !predicate.matches(document, undefined),
    matchesElement: (element) => !predicate.matchesElement(element),
  };
}

function conjunctionNode(children: readonly Predicate[]): FilterNode {
  const [only] = children;
  if (only === undefined) return { kind: 'always', matches: true };
  return children.length === 1 ? only.node : { kind: 'and', children: children.map((child) => child.node) };
}

/** All of them; none at all is true. */
export function conjunction(children: readonly Predicate[]): Predicate {
  const [first, second] = children;
  const node = conjunctionNode(children);
  if (first === undefined) return { node, matches: () => true };
  if (second === undefined) return first;
  if (children.length === 2) return { node, matches: (document, position) => first.matches(document, position) && second.matches(document, position) };
  return { node, matches: (document, position) => children.every((child) => child.matches(document, position)) };
}

/** All of them, of one path. */
export function fieldConjunction(children: readonly FieldPredicate[]): FieldPredicate {
  const [only] = children;
  if (children.length === 1 && only !== undefined) return only;
  const { node, matches } = conjunction(children);
  return { node, matches, matchesElement: (element) => children.every((child) => child.matchesElement(element)) };
}

/** A predicate that no document or element changes. */
export function constantPredicate(matches: boolean): FieldPredicate {
  return { node: { kind: 'always', matches }, matches: () => matches, matchesElement: () => matches };
}
