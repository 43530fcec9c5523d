// Index keys of a document: one per combination that multikey expansion gives, as the server's BtreeKeyGenerator makes them.
import { canonicalKey } from '../bson/canonical-key.js';
import type { Direction } from '../bson/key-encoding.js';
import type { RawDocument, RawValue } from '../bson/raw-value.js';
import { arrayValues, ElementReader, isEmptyDocument } from '../bson/reader.js';
import { BsonType } from '../bson/types.js';
import { nullValue, undefinedValue } from '../bson/values.js';
import { CommandError } from '../errors.js';
import { arrayIndexOf, fieldOf, parsePath, type Path } from './path.js';

export interface IndexKeys {
  /** The distinct keys, each with one value per field of the pattern. Empty where a sparse index leaves the document out. */
  readonly keys: RawValue[][];
  /** An array lies on one of the paths. */
  readonly multikey: boolean;
  /** At least one field of the pattern is in the document. */
  readonly hasAnyField: boolean;
}

/** A key pattern made ready once per index. */
export interface IndexKeyExtractor {
  readonly directions: readonly Direction[];
  readonly paths: readonly Path[];
  keysOf(document: RawValue): IndexKeys;
}

/** Where a field's walk stands: the components that are left, and the array element that a numeric component picked. */
interface Cursor {
  readonly path: Path;
  /** Components already consumed; all of them: the walk has ended. */
  readonly depth: number;
  readonly picked?: { readonly element: RawValue; readonly found: RawValue | undefined; readonly depth: number };
}

interface Walk {
  readonly keys: RawValue[][];
  multikey: boolean;
  hasAnyField: boolean;
}

/** Follows objects until a value or the first array; `depth` counts the components that were used. */
function walkToArray(start: RawValue, path: Path, from: number): { value: RawValue | undefined; depth: number } {
  let current = start;
  for (let depth = from; depth < path.names.length; depth += 1) {
    if (current.type !== BsonType.object && depth !== from) return { value: undefined, depth: path.names.length };
    const next = fieldOf(current, path.names[depth]!);
    if (next === undefined) return { value: undefined, depth: path.names.length };
    if (next.type === BsonType.array) return { value: next, depth: depth + 1 };
    current = next;
  }
  return { value: current, depth: path.names.length };
}

interface Step {
  readonly value: RawValue | undefined;
  readonly depth: number;
  /** The value is an array that is itself the picked element of an array: it is indexed whole. */
  readonly isNestedArray: boolean;
}

function nextValue(document: RawValue | undefined, cursor: Cursor): Step {
  const name = cursor.path.names[cursor.depth]!;
  const hasField = document !== undefined && fieldOf(document, name) !== undefined;
  if (hasField) {
    if (cursor.picked !== undefined) throw ambiguousFieldName(cursor.path.parts[cursor.depth]!, cursor.picked.element);
    return { ...walkToArray(document, cursor.path, cursor.depth), isNestedArray: false };
  }
  if (cursor.picked === undefined) return { value: undefined, depth: cursor.path.names.length, isNestedArray: false };
  return { value: cursor.picked.found, depth: cursor.picked.depth, isNestedArray: cursor.picked.element.type === BsonType.array };
}

function ambiguousFieldName(name: string, element: RawValue): CommandError {
  const where = element.type === BsonType.object ? ' in a document' : '';
  return new CommandError(
    16746,
    `Ambiguous field name found in array${where} (do not use numeric field names in embedded elements in an array), field: '${name}'`,
  );
}

function parallelArrays(a: string, b: string): CommandError {
  return new CommandError('CannotIndexParallelArrays', `cannot index parallel arrays [${a}] [${b}]`);
}

function isSameBytes(a: RawValue, b: RawValue): boolean {
  return a.bytes === b.bytes && a.start === b.start;
}

/** One level: takes every field to its value or to the one array that all remaining fields share, then expands that array. */
function walkLevel(walk: Walk, cursors: readonly Cursor[], known: readonly (RawValue | undefined)[], document: RawValue | undefined): void {
  const fixed = [...known];
  const next: Cursor[] = [];
  const arrayFields = new Set<number>();
  let array: { readonly value: RawValue; readonly name: string } | undefined;
  let isWholeArray = false;
  cursors.forEach((cursor, field) => {
    const isDone = cursor.depth >= cursor.path.names.length;
    if (isDone && fixed[field] !== undefined) {
      next.push(cursor);
      return;
    }
    const step = nextValue(document, cursor);
    next.push({ path: cursor.path, depth: step.depth });
    if (step.value !== undefined) walk.hasAnyField = true;
    if (step.isNestedArray) isWholeArray = true;
    if (step.value?.type !== BsonType.array) {
      fixed[field] = step.value ?? nullValue;
      return;
    }
    const name = cursor.path.parts[step.depth - 1]!;
    if (array !== undefined && !isSameBytes(array.value, step.value)) throw parallelArrays(name, array.name);
    array ??= { value: step.value, name };
    arrayFields.add(field);
  });
  if (array === undefined) {
    walk.keys.push(fixed.map((value) => value ?? nullValue));
    return;
  }
  walk.multikey = true;
  expandArray(walk, { cursors: next, fixed, arrayFields, isWholeArray }, array.value);
}

interface Expansion {
  readonly cursors: readonly Cursor[];
  readonly fixed: readonly (RawValue | undefined)[];
  readonly arrayFields: ReadonlySet<number>;
  readonly isWholeArray: boolean;
}

function pick(cursor: Cursor, array: RawValue): Cursor {
  const part = cursor.path.parts[cursor.depth];
  if (part === undefined || arrayIndexOf(part) < 0) return cursor;
  const element = fieldOf(array, cursor.path.names[cursor.depth]!);
  if (element === undefined) return cursor;
  const walked = walkToArray(array, cursor.path, cursor.depth);
  return { ...cursor, picked: { element, found: walked.value, depth: walked.depth } };
}

function expandArray(walk: Walk, expansion: Expansion, array: RawValue): void {
  const { arrayFields } = expansion;
  const cursors = expansion.cursors.map((cursor, field) => (arrayFields.has(field) ? pick(cursor, array) : cursor));
  const expandInto = (element: RawValue): void => {
    const fixed = expansion.fixed.map((value, field) => {
      if (!arrayFields.has(field) || cursors[field]!.depth < cursors[field]!.path.names.length) return value;
      return expansion.isWholeArray ? array : element;
    });
    walkLevel(walk, cursors, fixed, element.type === BsonType.object ? element : undefined);
  };
  if (isEmptyDocument(array)) {
    expandInto(undefinedValue);
    return;
  }
  for (const element of arrayValues(array)) expandInto(element);
}

function distinctKeys(keys: RawValue[][]): RawValue[][] {
  const seen = new Map<string, RawValue[]>();
  for (const key of keys) {
    const text = key.map((value) => canonicalKey(value)).map((part) => `${part.length}:${part}`).join('');
    if (!seen.has(text)) seen.set(text, key);
  }
  return [...seen.values()];
}

/** The usual case, without arrays on the way: one key, one scan per field. Undefined where an array is met. */
function plainKey(document: RawValue, paths: readonly Path[]): { key: RawValue[]; hasAnyField: boolean } | undefined {
  const key: RawValue[] = [];
  let hasAnyField = false;
  for (const path of paths) {
    const { value } = walkToArray(document, path, 0);
    if (value?.type === BsonType.array) return undefined;
    if (value !== undefined) hasAnyField = true;
    key.push(value ?? nullValue);
  }
  return { key, hasAnyField };
}

/** Prepares a key pattern such as `{a: 1, 'b.c': -1}`; values that are not negative numbers count as ascending. */
export function compileIndexKeys(keyPattern: RawDocument, options: { readonly sparse: boolean }): IndexKeyExtractor {
  const paths: Path[] = [];
  const directions: Direction[] = [];
  let isHashed = false;
  const reader = new ElementReader(keyPattern);
  while (reader.next()) {
    paths.push(parsePath(reader.name()));
    directions.push((reader.value().number() ?? 1) < 0 ? -1 : 1);
    // The values themselves are kept: they say no less than their hashes.
    if (reader.type === BsonType.string) isHashed = true;
  }
  const start = paths.map((path): Cursor => ({ path, depth: 0 }));
  const unknown = paths.map(() => undefined);
  const keysOf = (document: RawValue): IndexKeys => {
    const plain = plainKey(document, paths);
    if (plain !== undefined) {
      const { key, hasAnyField } = plain;
      return { keys: options.sparse && !hasAnyField ? [] : [key], multikey: false, hasAnyField };
    }
    const walk: Walk = { keys: [], multikey: false, hasAnyField: false };
    walkLevel(walk, start, unknown, document);
    if (isHashed && walk.multikey) throw new CommandError(16766, 'hashed indexes do not currently support array values');
    const keys = options.sparse && !walk.hasAnyField ? [] : distinctKeys(walk.keys);
    return { keys, multikey: walk.multikey, hasAnyField: walk.hasAnyField };
  };
  return { directions, paths, keysOf };
}
