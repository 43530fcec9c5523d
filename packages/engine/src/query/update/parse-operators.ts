// An operator-style update document becomes a tree over paths; conflicts between paths are found on the way.
// Source: the manual's page "Update Operators".
import { CommandError } from '../../errors.js';
import type { RawValue } from '../../bson/raw-value.js';
import { elements } from '../../bson/reader.js';
import { BsonType, bsonTypeName } from '../../bson/types.js';
import { describeValue } from '../../aggregation/describe-value.js';
import type { QueryEnvironment } from '../environment.js';
import type { ArrayFilters } from './array-filters.js';
import { exceedsDepth, maxStoredDepth, tooDeep } from './depth.js';
import { describeElement, type FieldOperator } from './field-operator.js';
import { updateOperators } from './operator-table.js';
import { putSource, renameDestination, takeAway } from './operators/rename.js';
import { namedChild, objectNode, type ObjectNode, type UpdateNode } from './update-tree.js';

export interface ParsedOperators {
  readonly root: ObjectNode;
  /** Whether a path has the positional `$`. */
  readonly isPositional: boolean;
}

/** A node while it is being built. `$` stands among the names of an object, the identifiers (`''` for `$[]`) under an array. */
type Draft = { readonly kind: 'leaf'; readonly operator: FieldOperator } | DraftBranch;

interface DraftBranch {
  readonly kind: 'object' | 'array';
  readonly children: Map<string, Draft>;
}

/** Parses `{$set: {...}, $inc: {...}}`. Throws CommandError with MongoDB's words. */
export function parseOperators(update: RawValue, arrayFilters: ArrayFilters, environment: QueryEnvironment): ParsedOperators {
  const parser = new OperatorParser(arrayFilters, environment);
  for (const [name, fields] of elements(update)) parser.addOperator(name, fields);
  parser.assertFiltersUsed(update);
  return { root: finished(parser.root) as ObjectNode, isPositional: parser.isPositional };
}

class OperatorParser {
  readonly root: DraftBranch = { kind: 'object', children: new Map() };
  isPositional = false;
  private readonly usedIdentifiers = new Set<string>();

  constructor(
    private readonly arrayFilters: ArrayFilters,
    private readonly environment: QueryEnvironment,
  ) {}

  addOperator(name: string, fields: RawValue): void {
    const factory = updateOperators.get(name);
    if (factory === undefined) {
      const expected = 'Expected a valid update modifier or pipeline-style update specified as an array';
      throw new CommandError('FailedToParse', `Unknown modifier: ${name}. ${expected}`);
    }
    if (fields.type !== BsonType.object) {
      const words = `Modifiers operate on fields but we found type ${String(bsonTypeName(fields.type))} instead.`;
      throw new CommandError('FailedToParse', `${words} For example: {$mod: {<field>: ...}} not {${describeElement(name, fields)}}`);
    }
    for (const [path, operand] of elements(fields)) {
      if (factory === 'rename') this.addRename(path, operand);
      else this.add(path, operand, () => factory(operand, path, this.environment));
    }
  }

  private addRename(source: string, operand: RawValue): void {
    this.add(source, operand, () => takeAway);
    const destination = renameDestination(source, operand);
    this.add(destination, operand, () => putSource(source, destination));
  }

  private add(path: string, operand: RawValue, compile: () => FieldOperator): void {
    const parts = partsOf(path);
    this.isPositional = parts.includes('$') || this.isPositional;
    const operator = compile();
    if (exceedsDepth(operand, maxStoredDepth - parts.length)) throw tooDeep();
    let current = this.root;
    parts.slice(0, -1).forEach((part, position) => {
      const key = this.keyOf(part, position, path);
      const kind = isIdentifier(parts[position + 1]!) ? 'array' : 'object';
      const existing = current.children.get(key);
      if (existing !== undefined && existing.kind !== kind) throw conflict(path, parts.slice(0, position + 1).join('.'));
      const child: DraftBranch = existing ?? { kind, children: new Map() };
      current.children.set(key, child);
      current = child;
    });
    const lastKey = this.keyOf(parts.at(-1)!, parts.length - 1, path);
    if (current.children.has(lastKey)) throw conflict(path, path);
    current.children.set(lastKey, { kind: 'leaf', operator });
  }

  /** The name of a child in its parent: the identifier of `$[id]`, else the part itself. */
  private keyOf(part: string, position: number, path: string): string {
    if (!isIdentifier(part)) return part;
    if (position === 0) {
      const words = "Cannot have array filter identifier (i.e. '$[<id>]') element in the first position in path";
      throw new CommandError('BadValue', `${words} '${path}'`);
    }
    const identifier = part.slice(2, -1);
    if (identifier !== '' && !this.arrayFilters.has(identifier)) {
      throw new CommandError('BadValue', `No array filter found for identifier '${identifier}' in path '${path}'`);
    }
    this.usedIdentifiers.add(identifier);
    return identifier;
  }

  assertFiltersUsed(update: RawValue): void {
    for (const identifier of this.arrayFilters.keys()) {
      if (this.usedIdentifiers.has(identifier)) continue;
      const words = `The array filter for identifier '${identifier}' was not used in the update`;
      throw new CommandError('FailedToParse', `${words} ${describeValue(update)}`);
    }
  }
}

function partsOf(path: string): readonly string[] {
  if (path === '') throw new CommandError('EmptyFieldName', 'An empty update path is not valid.');
  const parts = path.split('.');
  if (parts.includes('')) {
    throw new CommandError('EmptyFieldName', `The update path '${path}' contains an empty field name, which is not allowed.`);
  }
  const positionalParts = parts.filter((part) => part === '$').length;
  if (positionalParts > 1) {
    throw new CommandError('BadValue', `Too many positional (i.e. '$') elements found in path '${path}'`);
  }
  if (parts[0] === '$') {
    throw new CommandError('BadValue', `Cannot have positional (i.e. '$') element in the first position in path '${path}'`);
  }
  return parts;
}

function isIdentifier(part: string): boolean {
  return part.length >= 3 && part.startsWith('$[') && part.endsWith(']');
}

function conflict(path: string, at: string): CommandError {
  return new CommandError('ConflictingUpdateOperators', `Updating the path '${path}' would create a conflict at '${at}'`);
}

function finished(draft: Draft): UpdateNode {
  if (draft.kind === 'leaf') return draft;
  const children = new Map([...draft.children].map(([name, child]) => [name, finished(child)] as const));
  if (draft.kind === 'array') return { kind: 'array', children };
  const positional = children.get('$');
  children.delete('$');
  return objectNode([...children].map(([name, node]) => namedChild(name, node)), positional);
}
