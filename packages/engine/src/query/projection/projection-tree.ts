// A projection as a tree of names, and the rules by which a specification becomes one.
// Source: the manual's "Project Fields to Return" and "$project"; codes and words as in the server's projection_parser.
import type { Expression } from '../../aggregation/expression.js';
import { checkPathComponent } from '../../aggregation/expressions/field-path.js';
import { CommandError } from '../../errors.js';

export type ProjectionNode =
  | { readonly kind: 'include' }
  | { readonly kind: 'exclude' }
  | { readonly kind: 'computed'; readonly expression: Expression }
  | { readonly kind: 'nested'; readonly children: Map<string, ProjectionNode> };

export type ProjectionTree = Map<string, ProjectionNode>;

/** The names of a dotted path, checked as MongoDB checks field paths. */
export function splitProjectionPath(path: string): readonly string[] {
  if (path === '') throw new CommandError(40352, 'FieldPath cannot be constructed with empty string');
  if (path.endsWith('.')) throw new CommandError(40353, "FieldPath must not end with a '.'.");
  const names = path.split('.');
  names.forEach(checkPathComponent);
  return names;
}

/** Puts a node at a path; two paths of which one is or contains the other collide. */
export function addToTree(tree: ProjectionTree, names: readonly string[], node: ProjectionNode): void {
  const path = names.join('.');
  const level = descend(tree, names.slice(0, -1), () => {
    throw new CommandError('Location31249', `Path collision at ${path} remaining portion ${names.slice(1).join('.')}`);
  });
  const last = names.at(-1)!;
  if (level.has(last)) throw new CommandError('Location31250', `Path collision at ${path}`);
  level.set(last, node);
}

/** The level at a path, which is made where it does not exist. */
export function nestedTree(tree: ProjectionTree, names: readonly string[]): ProjectionTree {
  return descend(tree, names, () => {
    throw new CommandError('Location31250', `Path collision at ${names.join('.')}`);
  });
}

function descend(tree: ProjectionTree, names: readonly string[], collide: () => never): ProjectionTree {
  let level = tree;
  for (const name of names) {
    const existing = level.get(name);
    if (existing !== undefined && existing.kind !== 'nested') return collide();
    const children: ProjectionTree = existing?.children ?? new Map<string, ProjectionNode>();
    if (existing === undefined) level.set(name, { kind: 'nested', children });
    level = children;
  }
  return level;
}

/** Paths of the documents that an inclusion reads; undefined where an expression may read anything. */
export function treeDependencies(tree: ProjectionTree): readonly string[] | undefined {
  const paths = new Set<string>();
  return collect(tree, '', paths) ? [...paths] : undefined;
}

function collect(tree: ProjectionTree, prefix: string, paths: Set<string>): boolean {
  for (const [name, node] of tree) {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    if (node.kind === 'include') paths.add(path);
    if (node.kind === 'nested') {
      // A computed field inside keeps the arrays and documents around it, so those are read as well.
      if ([...node.children.values()].some((child) => child.kind !== 'include')) paths.add(path);
      if (!collect(node.children, path, paths)) return false;
    }
    if (node.kind !== 'computed') continue;
    if (node.expression.dependencies === undefined) return false;
    for (const dependency of node.expression.dependencies) paths.add(dependency);
  }
  return true;
}
