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

type MutableTree = Map<string, { kind: 'computed'; expression: Expression } | { kind: 'nested'; fields: MutableTree }>;

export function compileFieldTree(specification: RawValue, environment: QueryEnvironment): FieldTree {
  if (isEmptyDocument(specification)) throw new CommandError(40177, 'specification must have at least one field');
  const tree: MutableTree = new Map();
  for (const [path, value] of elements(specification)) addField(tree, '', path, value, environment);
  return tree;
}

function addField(tree: MutableTree, prefix: string, path: string, value: RawValue, environment: QueryEnvironment): void {
  const names = splitFieldPath(path);
  if (prefix !== '' && names.length > 1) {
    throw new CommandError(40183, `cannot use dotted field name '${path}' in a sub object`);
  }
  const fullPath = prefix === '' ? path : `${prefix}.${path}`;
  let level = tree;
  for (const name of names.slice(0, -1)) level = nestedLevel(level, name, fullPath);
  const last = names.at(-1)!;
  if (value.type !== BsonType.object || isOperatorObject(value, fullPath)) {
    if (level.has(last)) throw conflict(fullPath);
    level.set(last, { kind: 'computed', expression: compileExpression(value, environment) });
    return;
  }
  if (isEmptyDocument(value)) {
    throw new CommandError(40180, `an empty object is not a valid value. Found empty object at path ${fullPath}`);
  }
  const inner = nestedLevel(level, last, fullPath);
  for (const [name, field] of elements(value)) addField(inner, fullPath, name, field, environment);
}

function nestedLevel(level: MutableTree, name: string, fullPath: string): MutableTree {
  const existing = level.get(name);
  if (existing?.kind === 'computed') throw conflict(fullPath);
  if (existing !== undefined) return existing.fields;
  const fields: MutableTree = new Map();
  level.set(name, { kind: 'nested', fields });
  return fields;
}

function conflict(path: string): CommandError {
  return new CommandError(40176, `specification contains two conflicting paths. Cannot specify both '${path}' and a path that contains it or that it contains`);
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
