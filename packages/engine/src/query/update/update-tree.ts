// The operators of an update as one tree over paths. Siblings are kept in the order in which MongoDB adds new fields:
// numeric names by number, the others by their bytes (manual: "Update Operators Behavior").
import { CommandError } from '../../errors.js';
import type { FieldOperator } from './field-operator.js';

export interface LeafNode {
  readonly kind: 'leaf';
  readonly operator: FieldOperator;
}

/** What to do with the fields of an object, or with elements of an array by index. */
export interface ObjectNode {
  readonly kind: 'object';
  readonly children: readonly NamedChild[];
  /** The child under the positional `$`. */
  readonly positional: UpdateNode | undefined;
}

/** What to do with the elements of an array that satisfy a filter: `$[id]`, or all of them: `$[]` under the empty name. */
export interface ArrayNode {
  readonly kind: 'array';
  readonly children: ReadonlyMap<string, UpdateNode>;
}

export type UpdateNode = LeafNode | ObjectNode | ArrayNode;

export interface NamedChild {
  readonly name: string;
  readonly nameBytes: Buffer;
  /** The array index that the name stands for, or -1. */
  readonly arrayIndex: number;
  readonly node: UpdateNode;
}

const digits = /^[0-9]+$/;

export function namedChild(name: string, node: UpdateNode): NamedChild {
  return { name, nameBytes: Buffer.from(name, 'utf8'), arrayIndex: digits.test(name) ? Number(name) : -1, node };
}

/** The order of siblings. */
function compareChildren(a: NamedChild, b: NamedChild): number {
  if (a.arrayIndex >= 0 && b.arrayIndex >= 0 && a.arrayIndex !== b.arrayIndex) return a.arrayIndex - b.arrayIndex;
  return Buffer.compare(a.nameBytes, b.nameBytes);
}

/** An object node of these children, put in order. */
export function objectNode(children: readonly NamedChild[], positional?: UpdateNode): ObjectNode {
  return { kind: 'object', children: [...children].sort(compareChildren), positional };
}

/**
 * Two nodes that turn out to be about the same array element, as one. `path` names it.
 * Two operators on the same field are a conflict.
 */
export function mergeNodes(a: UpdateNode, b: UpdateNode, path: readonly string[]): UpdateNode {
  if (a.kind === 'object' && b.kind === 'object') return mergeObjectNodes(a, b, path);
  if (a.kind === 'array' && b.kind === 'array') {
    const children = new Map(a.children);
    for (const [identifier, node] of b.children) {
      const other = children.get(identifier);
      children.set(identifier, other === undefined ? node : mergeNodes(other, node, [...path, `$[${identifier}]`]));
    }
    return { kind: 'array', children };
  }
  throw new CommandError('ConflictingUpdateOperators', `Update created a conflict at '${path.join('.')}'`);
}

function mergeObjectNodes(a: ObjectNode, b: ObjectNode, path: readonly string[]): ObjectNode {
  let children = a.children;
  for (const child of b.children) children = withChild(children, child, path);
  const positional =
    a.positional !== undefined && b.positional !== undefined
      ? mergeNodes(a.positional, b.positional, [...path, '$'])
      : (a.positional ?? b.positional);
  return objectNode(children, positional);
}

function withChild(children: readonly NamedChild[], added: NamedChild, path: readonly string[]): readonly NamedChild[] {
  const existing = children.find((child) => child.name === added.name);
  if (existing === undefined) return [...children, added];
  const merged = namedChild(added.name, mergeNodes(existing.node, added.node, [...path, added.name]));
  return children.map((child) => (child === existing ? merged : child));
}

/** The children of a node for one document: the positional one takes its place among the others. */
export function childrenFor(node: ObjectNode, arrayIndex: number | undefined, path: readonly string[]): readonly NamedChild[] {
  if (node.positional === undefined) return node.children;
  if (arrayIndex === undefined) {
    throw new CommandError('BadValue', 'The positional operator did not find the match needed from the query.');
  }
  return [...withChild(node.children, namedChild(String(arrayIndex), node.positional), path)].sort(compareChildren);
}
