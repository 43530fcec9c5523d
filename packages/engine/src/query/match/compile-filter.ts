// Compiles a filter to closures over bytes. What each operator does stands in its family's file; the tables in operators.ts.
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { ElementReader } from '../../bson/reader.js';
import { BsonType } from '../../bson/types.js';
import type { QueryEnvironment } from '../environment.js';
import { parsePath, type Path } from '../path.js';
import { comparison } from './comparison.js';
import { dbRefNames, isOperatorDocument } from './membership.js';
import type { Matcher } from './matcher.js';
import { fieldOperators, topLevelOperators, unknownOperator } from './operators.js';
import type { Position } from './path-values.js';
import { conjunction, type FieldPredicate, type MatchCompiler, type Predicate } from './predicate.js';
import { regexPredicate } from './regex.js';

function compiler(environment: QueryEnvironment, isTopLevel: boolean): MatchCompiler {
  const self: MatchCompiler = {
    environment,
    isTopLevel,
    compileDocument: (filter, isStillTopLevel) => compileDocument(filter, compiler(environment, isStillTopLevel)),
    compileOperators: (path, operators) => compileOperators(path, operators, self),
  };
  return self;
}

function compileOperators(path: Path, operators: RawValue, context: MatchCompiler): FieldPredicate[] {
  const predicates: FieldPredicate[] = [];
  const reader = ElementReader.of(operators);
  while (reader.next()) {
    const name = reader.name();
    const operator = fieldOperators.get(name);
    if (operator === undefined) throw unknownOperator(name, false);
    const predicate = operator(path, reader.value(), operators, context);
    if (!isAlwaysTrue(predicate)) predicates.push(predicate);
  }
  return predicates;
}

function isAlwaysTrue(predicate: Predicate): boolean {
  return predicate.node.kind === 'always' && predicate.node.matches;
}

function compileField(name: string, value: RawValue, context: MatchCompiler): readonly Predicate[] {
  const path = parsePath(name);
  if (value.type === BsonType.regex) return [regexPredicate(path, value)];
  if (isOperatorDocument(value)) return compileOperators(path, value, context);
  return [comparison('$eq', path, value, context)];
}

function compileTopLevel(name: string, operand: RawValue, context: MatchCompiler): Predicate {
  const operator = topLevelOperators.get(name);
  if (operator === undefined) throw unknownOperator(name, true);
  return operator(operand, context);
}

function compileDocument(filter: RawValue, context: MatchCompiler): Predicate {
  const predicates: Predicate[] = [];
  const reader = ElementReader.of(filter);
  while (reader.next()) {
    const name = reader.name();
    if (name.startsWith('$') && !dbRefNames.has(name)) predicates.push(compileTopLevel(name, reader.value(), context));
    else predicates.push(...compileField(name, reader.value(), context));
  }
  return conjunction(predicates.filter((predicate) => !isAlwaysTrue(predicate)));
}

/** The matcher of a filter, or CommandError with MongoDB's words where the filter is not valid (manual: "Query Documents"). */
export function compileFilter(filter: RawDocument, environment: QueryEnvironment): Matcher {
  const predicate = compileDocument(documentValue(filter), compiler(environment, true));
  return {
    node: predicate.node,
    matches: (document) => predicate.matches(document, undefined),
    matchPosition: (document) => {
      const position: Position = { arrayIndex: undefined };
      const matched = predicate.matches(document, position);
      return { matched, arrayIndex: matched ? position.arrayIndex : undefined };
    },
  };
}
