// Reads a projection's specification: inclusion or exclusion, computed fields, and (for find) the operators $slice, $elemMatch
// and positional `$`. Source: the manual's "Projection Operators"; codes and words as in the server's projection_parser.
import type { Expression } from '../../aggregation/expression.js';
import { compileExpression } from '../../aggregation/expressions/compile-expression.js';
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { ElementReader, elements, isEmptyDocument } from '../../bson/reader.js';
import { isTruthy } from '../../bson/truth.js';
import { BsonType, isNumericType } from '../../bson/types.js';
import { CommandError } from '../../errors.js';
import type { QueryEnvironment } from '../environment.js';
import { elemMatchExpression } from './elem-match.js';
import { addToTree, splitProjectionPath, type ProjectionNode, type ProjectionTree } from './projection-tree.js';
import { parseFindSlice, type SliceAt } from './slice.js';

export interface ParsedProjection {
  readonly kind: 'inclusion' | 'exclusion';
  readonly tree: ProjectionTree;
  /** Arrays that find's `$slice` shortens after the projection. */
  readonly slices: readonly SliceAt[];
  /** The path of `path.$`, without the `$`. */
  readonly positionalPath: string | undefined;
}

/** Whether find's own operators are understood (`find`), or only what the aggregation stage takes. */
export type ProjectionLanguage = 'find' | 'stage';

interface Parsing {
  readonly language: ProjectionLanguage;
  readonly environment: QueryEnvironment;
  readonly tree: ProjectionTree;
  readonly slices: SliceAt[];
  kind: 'inclusion' | 'exclusion' | undefined;
  id: 'included' | 'excluded' | undefined;
  hasElemMatch: boolean;
  positionalPath: string | undefined;
}

function isFlag(value: RawValue): boolean {
  return value.type === BsonType.bool || isNumericType(value.type);
}

function include(parsing: Parsing, path: string): void {
  if (parsing.language === 'find' && path.endsWith('.$')) {
    includePositional(parsing, path.slice(0, -2));
    return;
  }
  const names = splitProjectionPath(path);
  if (path === '_id') parsing.id = 'included';
  else setKind(parsing, 'inclusion', path);
  addToTree(parsing.tree, names, { kind: 'include' });
}

function includePositional(parsing: Parsing, path: string): void {
  if (parsing.positionalPath !== undefined) throw new CommandError(31276, 'Cannot specify more than one positional projection per query.');
  if (parsing.hasElemMatch) throw new CommandError(31255, 'Cannot specify positional operator and $elemMatch.');
  const names = splitProjectionPath(path);
  setKind(parsing, 'inclusion', path);
  parsing.positionalPath = path;
  addToTree(parsing.tree, names, { kind: 'include' });
}

function exclude(parsing: Parsing, path: string): void {
  if (parsing.language === 'find' && path.endsWith('.$')) throw new CommandError(31395, 'positional projection cannot be used with exclusion');
  const names = splitProjectionPath(path);
  if (path === '_id') parsing.id = 'excluded';
  else setKind(parsing, 'exclusion', path);
  addToTree(parsing.tree, names, { kind: 'exclude' });
}

function setKind(parsing: Parsing, kind: 'inclusion' | 'exclusion', path: string): void {
  parsing.kind ??= kind;
  if (parsing.kind === kind) return;
  if (kind === 'inclusion') throw new CommandError(31253, `Cannot do inclusion on field ${path} in exclusion projection`);
  throw new CommandError(31254, `Cannot do exclusion on field ${path} in inclusion projection`);
}

function compute(parsing: Parsing, path: string, expression: Expression): void {
  if (parsing.kind === 'exclusion') throw new CommandError(31252, 'Cannot use expression other than $meta in exclusion projection');
  parsing.kind = 'inclusion';
  if (path === '_id') parsing.id = 'included';
  addToTree(parsing.tree, splitProjectionPath(path), { kind: 'computed', expression });
}

function firstName(value: RawValue): string | undefined {
  const reader = ElementReader.of(value);
  return reader.next() ? reader.name() : undefined;
}

function parseOperator(parsing: Parsing, path: string, value: RawValue): void {
  const [name, operand] = [...elements(value)][0]!;
  if (parsing.language === 'find') {
    if (name === '$elemMatch') {
      parseElemMatch(parsing, path, operand);
      return;
    }
    const slice = name === '$slice' ? parseFindSlice(operand) : undefined;
    if (slice !== undefined) {
      addSlice(parsing, path, slice);
      return;
    }
  }
  compute(parsing, path, expressionOf(parsing, value));
}

function expressionOf(parsing: Parsing, value: RawValue): Expression {
  try {
    return compileExpression(value, parsing.environment);
  } catch (error) {
    const isUnknown = error instanceof CommandError && error.codeName === 'InvalidPipelineOperator';
    if (!isUnknown || parsing.language === 'stage') throw error;
    throw new CommandError(31325, error.message.replace(/^Unrecognized expression '(.*)'$/, 'Unknown expression $1'));
  }
}

function addSlice(parsing: Parsing, path: string, slice: SliceAt['slice']): void {
  const names = splitProjectionPath(path);
  parsing.slices.push({ names, slice });
  addToTree(parsing.tree, names, { kind: 'include' });
}

function parseElemMatch(parsing: Parsing, path: string, operand: RawValue): void {
  if (operand.type !== BsonType.object) throw new CommandError(31274, 'elemMatch: Invalid argument, object required, but got ' + nameOfType(operand));
  if (parsing.positionalPath !== undefined) throw new CommandError(31255, 'Cannot specify positional operator and $elemMatch.');
  if (path.includes('.')) throw new CommandError(31275, 'Cannot use $elemMatch projection on a nested field.');
  parsing.hasElemMatch = true;
  const names = splitProjectionPath(path);
  addToTree(parsing.tree, names, { kind: 'computed', expression: elemMatchExpression(path, operand, parsing.environment) });
}

function nameOfType(value: RawValue): string {
  return Object.entries(BsonType).find(([, type]) => type === value.type)?.[0] ?? 'unknown';
}

function checkFindPath(path: string): void {
  if (/(^|\.)\$\./.test(path)) {
    throw new CommandError(
      31394,
      "As of 4.4, it's illegal to specify positional operator in the middle of a path.Positional projection may only be used at the end, for example: a.b.$. If the query previously used a form like a.b.$.d, remove the parts following the '$' and the results will be equivalent.",
    );
  }
}

function parseField(parsing: Parsing, path: string, value: RawValue): void {
  if (parsing.language === 'find') checkFindPath(path);
  if (isFlag(value)) {
    if (isTruthy(value)) include(parsing, path);
    else exclude(parsing, path);
    return;
  }
  if (value.type !== BsonType.object) {
    if (parsing.language === 'find' && path.endsWith('.$')) throw new CommandError(31308, 'positional projection cannot be used with a literal');
    compute(parsing, path, compileExpression(value, parsing.environment));
    return;
  }
  if (isEmptyDocument(value)) throw new CommandError(51270, `An empty sub-projection is not a valid value. Found empty object at path ${path}`);
  if (firstName(value)!.startsWith('$')) {
    parseOperator(parsing, path, value);
    return;
  }
  for (const [name, child] of elements(value)) parseField(parsing, `${path}.${name}`, child);
}

/** Where nothing but `_id`, `$slice` or `$elemMatch` was said. */
function defaultKind(parsing: Parsing): 'inclusion' | 'exclusion' {
  return parsing.id === 'included' || parsing.hasElemMatch ? 'inclusion' : 'exclusion';
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

export function parseProjection(specification: RawDocument, language: ProjectionLanguage, environment: QueryEnvironment): ParsedProjection {
  const parsing: Parsing = {
    language,
    environment,
    tree: new Map(),
    slices: [],
    kind: undefined,
    id: undefined,
    hasElemMatch: false,
    positionalPath: undefined,
  };
  for (const [path, value] of elements(documentValue(specification))) parseField(parsing, path, value);
  const kind = parsing.kind ?? defaultKind(parsing);
  if (kind === 'inclusion' && parsing.id === undefined && !parsing.tree.has('_id')) parsing.tree.set('_id', { kind: 'include' });
  withoutNode(parsing.tree, kind === 'inclusion' ? 'exclude' : 'include');
  return { kind, tree: parsing.tree, slices: parsing.slices, positionalPath: parsing.positionalPath };
}
