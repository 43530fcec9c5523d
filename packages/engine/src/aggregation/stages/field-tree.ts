// The computed fields of $addFields/$set as a tree: dotted paths merged, each leaf an expression.
// Source: the manual's page "$addFields"; codes 40176 to 40183 as the server's ProjectionSpecValidator gives them.
import { BsonType } from '../../bson/types.js';
import { elements, isEmptyDocument } from '../../bson/reader.js';
import type { RawValue } from '../../bson/raw-value.js';
import type { QueryEnvironment } from '../../query/environment.js';
import { CommandError } from '../../errors.js';
import { describeValue } from '../describe-value.js';
import type { Expression } from '../expression.js';
import { compileExpression } from '../expressions/compile-expression.js';
import { splitFieldPath } from '../expressions/field-path.js';

/** One level of paths, in the order of the specification. */
export type FieldTree = ReadonlyMap<string, FieldNode>;
export type FieldNode = { readonly kind: 'computed'; readonly expression: Expression } | { readonly kind: 'nested'; readonly fields: FieldTree };

type MutableNode = { kind: 'computed'; expression: Expression } | { kind: 'nested'; fields: MutableTree };
type MutableTree = Map<string, MutableNode>;

export function compileFieldTree(specification: RawValue, environment: QueryEnvironment): FieldTree {
  if (isEmptyDocument(specification)) throw new CommandError(40177, 'specification must have at least one field');
  const tree: MutableTree = new Map();
  for (const [path, value] of elements(specification)) addField(tree, '', path, value, environment);
  return tree;
}

/** The tree of these dotted paths, each with its expression. */
export function treeOfPaths(paths: readonly (readonly [path: string, expression: Expression])[]): FieldTree {
  const tree: MutableTree = new Map();
  for (const [path, expression] of paths) setExpression(tree, path, splitFieldPath(path), expression);
  return tree;
}

function setExpression(tree: MutableTree, fullPath: string, names: readonly string[], expression: Expression): void {
  const last = names.at(-1)!;
  const level = innerLevel(tree, fullPath, names.slice(0, -1));
  const existing = level.get(last);
  if (existing !== undefined) throw conflict(fullPath, somePath(existing, fullPath));
  level.set(last, { kind: 'computed', expression });
}

/** The level that these names lead to, made where it is not there. */
function innerLevel(tree: MutableTree, fullPath: string, names: readonly string[]): MutableTree {
  let level = tree;
  names.forEach((name, depth) => {
    const existing = level.get(name);
    if (existing?.kind === 'computed') throw conflict(fullPath, names.slice(0, depth + 1).join('.'));
    const fields = existing?.fields ?? new Map<string, MutableNode>();
    if (existing === undefined) level.set(name, { kind: 'nested', fields });
    level = fields;
  });
  return level;
}

/** The path of one expression at or below a node. */
function somePath(node: MutableNode, path: string): string {
  if (node.kind === 'computed') return path;
  for (const [name, child] of node.fields) return somePath(child, `${path}.${name}`);
  return path;
}

function conflict(path: string, other: string): CommandError {
  return new CommandError(40176, `specification contains two conflicting paths. Cannot specify both '${path}' and '${other}'`);
}

function addField(tree: MutableTree, prefix: string, path: string, value: RawValue, environment: QueryEnvironment): void {
  const names = splitFieldPath(path);
  if (prefix !== '' && names.length > 1) {
    throw new CommandError(40183, `cannot use dotted field name '${path}' in a sub object`);
  }
  const fullNames = prefix === '' ? names : [...prefix.split('.'), ...names];
  const fullPath = fullNames.join('.');
  if (value.type !== BsonType.object || isOperatorObject(value, fullPath)) {
    setExpression(tree, fullPath, fullNames, compileExpression(value, environment));
    return;
  }
  if (isEmptyDocument(value)) {
    throw new CommandError(40180, `an empty object is not a valid value. Found empty object at path ${fullPath}`);
  }
  for (const [name, field] of elements(value)) addField(tree, fullPath, name, field, environment);
}

function isOperatorObject(value: RawValue, path: string): boolean {
  const names = [...elements(value)].map(([name]) => name);
  if (!names.some((name) => name.startsWith('$'))) return false;
  if (names.length > 1) {
    throw new CommandError(
      40181,
      `an expression specification must contain exactly one field, the name of the expression. Found ${names.length} fields in ${describeValue(value)}, while parsing object ${path}`,
    );
  }
  return true;
}
