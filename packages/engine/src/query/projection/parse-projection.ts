// Reads a projection's specification: inclusion or exclusion, computed fields, and (for find) the operators $slice, $elemMatch
// and positional `$`. Source: the manual's "Projection Operators" and "$project"; codes and words are the server's.
import { describeValue } from '../../aggregation/describe-value.js';
import type { Expression } from '../../aggregation/expression.js';
import { compileExpression } from '../../aggregation/expressions/compile-expression.js';
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { elements } from '../../bson/reader.js';
import { isTruthy } from '../../bson/truth.js';
import { BsonType, bsonTypeName, isNumericType } from '../../bson/types.js';
import { CommandError } from '../../errors.js';
import type { QueryEnvironment } from '../environment.js';
import { elemMatchExpression } from './elem-match.js';
import { addToTree, nestedTree, splitProjectionPath, type ProjectionNode, type ProjectionTree } from './projection-tree.js';
import { invalidSlice, parseFindSlice, type Slice, type SliceAt } from './slice.js';

export interface ParsedProjection {
  readonly kind: 'inclusion' | 'exclusion';
  readonly tree: ProjectionTree;
  /** Arrays that find's `$slice` shortens after the projection. */
  readonly slices: readonly SliceAt[];
  /** The path of `path.$`, without the `$`. */
  readonly positionalPath: readonly string[] | undefined;
}

/** Whether find's own operators are understood (`find`), or only what the aggregation stage takes. */
export type ProjectionLanguage = 'find' | 'stage';

interface Parsing {
  readonly language: ProjectionLanguage;
  readonly environment: QueryEnvironment;
  readonly slices: SliceAt[];
  kind: 'inclusion' | 'exclusion' | undefined;
  /** What `{_id: 0}` or `{_id: 1}` said. */
  id: 'included' | 'excluded' | undefined;
  hasElemMatch: boolean;
  positionalPath: readonly string[] | undefined;
}

/** Where an entry of the specification stands: `name` may be dotted and is relative to `prefix`, whose tree is `level`. */
interface Place {
  readonly level: ProjectionTree;
  readonly prefix: readonly string[];
  readonly name: string;
}

function isFlag(value: RawValue): boolean {
  return value.type === BsonType.bool || isNumericType(value.type);
}

function isPositional({ name }: Place): boolean {
  return name.endsWith('.$');
}

function isTopLevelId({ prefix, name }: Place): boolean {
  return prefix.length === 0 && name === '_id';
}

/** Puts the node at its place and gives the path from the root. */
function place({ level, prefix, name }: Place, node: ProjectionNode): readonly string[] {
  const names = splitProjectionPath(name);
  addToTree(level, names, node);
  return [...prefix, ...names];
}

function include(parsing: Parsing, at: Place): void {
  if (isPositional(at)) includePositional(parsing, at);
  else place(at, { kind: 'include' });
  if (isTopLevelId(at)) {
    parsing.id = 'included';
    return;
  }
  if (parsing.kind === 'exclusion') throw new CommandError(31253, `Cannot do inclusion on field ${at.name} in exclusion projection`);
  parsing.kind = 'inclusion';
}

function includePositional(parsing: Parsing, at: Place): void {
  if (parsing.positionalPath !== undefined) throw new CommandError(31276, 'Cannot specify more than one positional projection per query.');
  if (parsing.hasElemMatch) throw new CommandError(31256, 'Cannot specify positional operator and $elemMatch.');
  if (at.name === '.$') throw new CommandError(5392900, 'Projection on field .$ is invalid');
  parsing.positionalPath = place({ ...at, name: at.name.slice(0, -2) }, { kind: 'include' });
}

function exclude(parsing: Parsing, at: Place): void {
  if (isPositional(at)) throw new CommandError(31395, 'positional projection cannot be used with exclusion');
  place(at, { kind: 'exclude' });
  if (isTopLevelId(at)) {
    parsing.id = 'excluded';
    return;
  }
  if (parsing.kind === 'inclusion') throw new CommandError(31254, `Cannot do exclusion on field ${at.name} in inclusion projection`);
  parsing.kind = 'exclusion';
}

function computeLiteral(parsing: Parsing, at: Place, value: RawValue): void {
  if (isPositional(at)) throw new CommandError(31308, 'positional projection cannot be used with a literal');
  place(at, { kind: 'computed', expression: compileExpression(value, parsing.environment) });
  if (parsing.kind === 'exclusion') {
    throw new CommandError(31310, `Cannot use an expression ${at.name}: ${describeValue(value)} in an exclusion projection`);
  }
  parsing.kind = 'inclusion';
}

function computeOperator(parsing: Parsing, at: Place, value: RawValue): void {
  if (parsing.kind === 'exclusion') throw new CommandError(31252, 'Cannot use expression other than $meta in exclusion projection');
  parsing.kind ??= 'inclusion';
  place(at, { kind: 'computed', expression: expressionOf(parsing, value) });
}

/** An operator that no expression has is named by the projection's own code. */
function expressionOf(parsing: Parsing, value: RawValue): Expression {
  try {
    return compileExpression(value, parsing.environment);
  } catch (error) {
    const [, operator] = error instanceof CommandError ? (/^Unrecognized expression '(.*)'$/.exec(error.message) ?? []) : [];
    if (operator === undefined) throw error;
    throw new CommandError(31325, `Unknown expression ${operator}`);
  }
}

function parseOperator(parsing: Parsing, at: Place, value: RawValue, [name, operand]: readonly [string, RawValue]): void {
  if (name === '$elemMatch') parseElemMatch(parsing, at, operand);
  else if (name === '$slice' && parsing.language === 'find') parseSlice(parsing, at, value, operand);
  else computeOperator(parsing, at, value);
}

function parseSlice(parsing: Parsing, at: Place, value: RawValue, operand: RawValue): void {
  const slice = parseFindSlice(operand);
  if (!('mistake' in slice)) {
    addSlice(parsing, at, slice);
    return;
  }
  try {
    computeOperator(parsing, at, value);
  } catch (error) {
    throw error instanceof CommandError ? invalidSlice(value, slice, error) : error;
  }
}

function addSlice(parsing: Parsing, at: Place, slice: Slice): void {
  parsing.slices.push({ names: place(at, { kind: 'include' }), slice });
}

function parseElemMatch(parsing: Parsing, at: Place, operand: RawValue): void {
  if (parsing.language === 'stage') throw new CommandError('InvalidPipelineOperator', 'Cannot use $elemMatch in this context');
  if (operand.type !== BsonType.object) {
    throw new CommandError(31274, `elemMatch: Invalid argument, object required, but got ${bsonTypeName(operand.type) ?? 'unknown'}`);
  }
  if (parsing.positionalPath !== undefined) throw new CommandError(31255, 'Cannot specify positional operator and $elemMatch.');
  if (at.prefix.length > 0 || at.name.includes('.')) throw new CommandError(31275, 'Cannot use $elemMatch projection on a nested field.');
  parsing.hasElemMatch = true;
  place(at, { kind: 'computed', expression: elemMatchExpression(at.name, operand, parsing.environment) });
}

const positionalInTheMiddle =
  "As of 4.4, it's illegal to specify positional operator in the middle of a path." +
  'Positional projection may only be used at the end, for example: a.b.$. If the query ' +
  "previously used a form like a.b.$.d, remove the parts following the '$' and the results will be equivalent.";

function checkPositional(parsing: Parsing, at: Place): void {
  if (isPositional(at) && parsing.language === 'stage') throw new CommandError(31324, 'Cannot use positional projection in aggregation projection');
  if (at.name.includes('.$.')) throw new CommandError(31394, positionalInTheMiddle);
}

function parseObject(parsing: Parsing, at: Place, value: RawValue): void {
  if (isPositional(at)) throw new CommandError(31271, 'positional projection cannot be used with an expression or sub object');
  const fields = [...elements(value)];
  const [first] = fields;
  if (first === undefined) throw new CommandError(51270, `Invalid empty sub-projection: ${at.name}`);
  if (fields.length === 1 && first[0].startsWith('$')) {
    parseOperator(parsing, at, value, first);
    return;
  }
  const names = splitProjectionPath(at.name);
  const level = nestedTree(at.level, names);
  for (const [name, child] of fields) parseEntry(parsing, { level, prefix: [...at.prefix, ...names], name }, child);
}

function parseEntry(parsing: Parsing, at: Place, value: RawValue): void {
  checkPositional(parsing, at);
  if (value.type === BsonType.object) parseObject(parsing, at, value);
  else if (!isFlag(value)) computeLiteral(parsing, at, value);
  else if (isTruthy(value)) include(parsing, at);
  else exclude(parsing, at);
}

/** Where nothing but `_id`, `$slice` and `$elemMatch` was said. */
function defaultKind(parsing: Parsing): 'inclusion' | 'exclusion' {
  if (parsing.slices.length > 0) return parsing.id === 'included' ? 'inclusion' : 'exclusion';
  return parsing.hasElemMatch || parsing.id === 'included' ? 'inclusion' : 'exclusion';
}

/** In an exclusion what is included needs no mention, and in an inclusion what is excluded needs none. */
function withoutNode(tree: ProjectionTree, kind: ProjectionNode['kind']): void {
  for (const [name, node] of tree) {
    if (node.kind === kind) tree.delete(name);
    if (node.kind !== 'nested') continue;
    withoutNode(node.children, kind);
    if (node.children.size === 0) tree.delete(name);
  }
}

/** Throws what is wrong with the specification. */
export function parseProjection(specification: RawDocument, language: ProjectionLanguage, environment: QueryEnvironment): ParsedProjection {
  const tree: ProjectionTree = new Map<string, ProjectionNode>();
  const parsing: Parsing = { language, environment, slices: [], kind: undefined, id: undefined, hasElemMatch: false, positionalPath: undefined };
  for (const [name, value] of elements(documentValue(specification))) parseEntry(parsing, { level: tree, prefix: [], name }, value);
  const kind = parsing.kind ?? defaultKind(parsing);
  if (kind === 'inclusion' && !tree.has('_id')) tree.set('_id', { kind: 'include' });
  withoutNode(tree, kind === 'inclusion' ? 'exclude' : 'include');
  return { kind, tree, slices: parsing.slices, positionalPath: parsing.positionalPath };
}
