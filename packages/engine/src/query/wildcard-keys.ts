// Keys of wildcard indexes: for each value of a document its path and the value, between the values of the pattern's other fields.
// Beside them one key for each path that an array lies at, which says so to the planner: `[..., 1, path]`, in front of all paths.
// A document with none of a compound pattern's paths has one key without, so that its other fields find it.
// Source: the manual's "Wildcard Indexes"; the shape of keys is what explain shows of the server's.
import { canonicalKey } from '../bson/canonical-key.js';
import type { Direction } from '../bson/key-encoding.js';
import type { RawValue} from '../bson/raw-value.js';
import { documentValue, type RawDocument } from '../bson/raw-value.js';
import { arrayValues, ElementReader, isEmptyDocument } from '../bson/reader.js';
import { BsonType } from '../bson/types.js';
import { int32Value, minKeyValue, nullValue, stringValue, undefinedValue } from '../bson/values.js';
import { emptyDocument } from '../bson/writer.js';
import { CommandError } from '../errors.js';
import type { IndexKeys } from './index-keys.js';
import { fieldOf, parsePath, type Path } from './path.js';
import type { WildcardPattern, WildcardScope } from './wildcard-pattern.js';

const arrayMark = int32Value(1);
const emptyObject = documentValue(emptyDocument);

interface Walk {
  readonly scope: WildcardScope;
  readonly emit: (path: string, value: RawValue) => void;
  readonly markArray: (path: string) => void;
}

/** Whether any key came of it; `parent` is undefined for the document itself. Fields with a dot in their names have none: no query can name them. */
function walkObject(walk: Walk, object: RawValue, parent: string | undefined): boolean {
  let hasKeys = false;
  const reader = ElementReader.of(object);
  while (reader.next()) {
    const name = reader.name();
    if (name.includes('.')) continue;
    const path = parent === undefined ? name : `${parent}.${name}`;
    if (!walk.scope.covers(path) && !walk.scope.leadsTo(path)) continue;
    if (walkValue(walk, reader.value(), path)) hasKeys = true;
  }
  return hasKeys;
}

function walkValue(walk: Walk, value: RawValue, path: string): boolean {
  switch (value.type) {
    case BsonType.object:
      return walkObject(walk, value, path) || emitCovered(walk, path, emptyObject);
    case BsonType.array:
      return walkArray(walk, value, path);
    default:
      return emitCovered(walk, path, value);
  }
}

/** Elements have the array's path; arrays among them are kept whole. */
function walkArray(walk: Walk, array: RawValue, path: string): boolean {
  walk.markArray(path);
  if (isEmptyDocument(array)) return emitCovered(walk, path, undefinedValue);
  let hasKeys = false;
  for (const element of arrayValues(array)) {
    const came = element.type === BsonType.array ? emitCovered(walk, path, element) : walkValue(walk, element, path);
    hasKeys ||= came;
  }
  return hasKeys;
}

function emitCovered({ scope, emit }: Walk, path: string, value: RawValue): boolean {
  if (!scope.covers(path)) return false;
  emit(path, value);
  return true;
}

/** The value of a field beside the wildcard. Throws where an array lies on its path. */
function regularValue(document: RawValue, path: Path): RawValue {
  let current: RawValue | undefined = document;
  for (const name of path.names) {
    current = current.type === BsonType.object ? fieldOf(current, name) : undefined;
    if (current === undefined) return nullValue;
    if (current.type === BsonType.array) {
      throw new CommandError(7_246_301, `A compound wildcard index does not take an array in a field that is not the wildcard, field: '${path.text}'`);
    }
  }
  return current;
}

function textOf(values: readonly RawValue[]): string {
  return values.map((value) => canonicalKey(value)).map((part) => `${part.length}:${part}`).join('');
}

/** The mark of a path at which some document has an array, up to the path: what comes behind it does not matter. */
export function arrayMarkKey({ before }: WildcardPattern, path: string): RawValue[] {
  return [...before.map(() => minKeyValue), arrayMark, stringValue(path)];
}

export interface WildcardKeyExtractor {
  readonly directions: readonly Direction[];
  /** Which value of a key is the path. */
  readonly pathPosition: number;
  keysOf(document: RawValue): IndexKeys;
}

/** Prepares the keys of a pattern with a wildcard; `key` gives the directions of its fields. */
export function compileWildcardKeys(key: RawDocument, pattern: WildcardPattern): WildcardKeyExtractor {
  const { position, scope } = pattern;
  const given: Direction[] = [];
  const reader = new ElementReader(key);
  while (reader.next()) given.push((reader.value().number() ?? 1) < 0 ? -1 : 1);
  const before = pattern.before.map(parsePath);
  const after = pattern.after.map(parsePath);
  const behind = after.map(() => minKeyValue);
  const keysOf = (document: RawValue): IndexKeys => {
    const keys = new Map<string, RawValue[]>();
    const add = (values: RawValue[]): void => void keys.set(textOf(values), values);
    const first = before.map((path) => regularValue(document, path));
    const last = after.map((path) => regularValue(document, path));
    let multikey = false;
    const hasAnyField = walkObject({
      scope,
      emit: (path, value) => add([...first, stringValue(path), value, ...last]),
      markArray: (path) => {
        multikey = true;
        add([...arrayMarkKey(pattern, path), ...behind]);
      },
    }, document, undefined);
    if (!hasAnyField && before.length + after.length > 0) add([...first, minKeyValue, minKeyValue, ...last]);
    return { keys: [...keys.values()], multikey, hasAnyField };
  };
  return { directions: [...given.slice(0, position), 1, ...given.slice(position)], pathPosition: position, keysOf };
}
