// $and, $or, $nor between filters, and $not of a field's operators. Source: the manual's "Logical Query Operators".
import type { RawValue } from '../../bson/raw-value.js';
import { arrayValues, isEmptyDocument } from '../../bson/reader.js';
import { BsonType } from '../../bson/types.js';
import { CommandError } from '../../errors.js';
import type { Position } from './path-values.js';
import { conjunction, fieldConjunction, negate, type FieldOperator, type MatchCompiler, type Predicate, type TopLevelOperator } from './predicate.js';
import { regexPredicate } from './regex.js';

function clauses(name: string, operand: RawValue, compiler: MatchCompiler): Predicate[] {
  if (operand.type !== BsonType.array) throw new CommandError('BadValue', `${name} must be an array`);
  const filters = arrayValues(operand);
  if (filters.length === 0) throw new CommandError('BadValue', '$and/$or/$nor must be a nonempty array');
  return filters.map((filter) => {
    if (filter.type !== BsonType.object) throw new CommandError('BadValue', '$or/$and/$nor entries need to be full objects');
    return compiler.compileDocument(filter, compiler.isTopLevel);
  });
}

function disjunction(children: readonly Predicate[]): Predicate {
  const [only] = children;
  if (children.length === 1 && only !== undefined) return only;
  const isIn = isMembership(children);
  return {
    node: { kind: 'or', children: children.map((child) => child.node) },
    matches: (document, position) => children.some((child) => matchesOrForgets(child, document, isIn ? position : undefined)),
  };
}

/** Whether `$or` only says what one `$in` would: of no other one does the server tell which element it was that matched. */
function isMembership(children: readonly Predicate[]): boolean {
  const paths = children.map(({ node }) => (node.kind === 'regex' || (node.kind === 'comparison' && node.operator === '$eq') ? node.path : undefined));
  return paths[0] !== undefined && paths.every((path) => path === paths[0]);
}

/** A clause that failed halfway must not leave the position of the half that matched. */
function matchesOrForgets(child: Predicate, document: RawValue, position: Position | undefined): boolean {
  const before = position?.arrayIndex;
  const isMatch = child.matches(document, position);
  if (!isMatch && position !== undefined) position.arrayIndex = before;
  return isMatch;
}

function joint(children: readonly Predicate[]): Predicate {
  return {
    node: { kind: 'nor', children: children.map((child) => child.node) },
    matches: (document) => !children.some((child) => child.matches(document, undefined)),
  };
}

export const logicalOperators: Readonly<Record<string, TopLevelOperator>> = {
  $and: (operand, compiler) => conjunction(clauses('$and', operand, compiler)),
  $or: (operand, compiler) => disjunction(clauses('$or', operand, compiler)),
  $nor: (operand, compiler) => joint(clauses('$nor', operand, compiler)),
};

const not: FieldOperator = (path, operand, _siblings, compiler) => {
  if (operand.type === BsonType.regex) return negate(regexPredicate(path, operand));
  if (operand.type !== BsonType.object) throw new CommandError('BadValue', '$not needs a regex or a document');
  if (isEmptyDocument(operand)) throw new CommandError('BadValue', '$not cannot be empty');
  return negate(fieldConjunction(compiler.compileOperators(path, operand)));
};

export const fieldLogicalOperators: Readonly<Record<string, FieldOperator>> = { $not: not };
