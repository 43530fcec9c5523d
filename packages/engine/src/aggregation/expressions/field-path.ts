// Field paths and variables: "$a.b", "$$ROOT.a", "$$item".
// Source: the manual's pages "Field Paths" and "Variables in Aggregation Expressions".
import { dateValue, timestampValue, arrayValue } from '../../bson/values.js';
import { BsonType } from '../../bson/types.js';
import { ElementReader, getFieldByBytes } from '../../bson/reader.js';
import { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import type { Expression, Scope } from '../expression.js';
import type { CompileContext, Value } from './compile-context.js';
import { constantExpression, missingExpression } from './derive.js';

/** Refuses names that no path of an aggregation may hold (15998, 16410, 16411). */
export function checkPathComponent(name: string): void {
  if (name === '') throw new CommandError(15998, 'FieldPath field names may not be empty strings.');
  if (name.startsWith('$')) {
    throw new CommandError(16410, `FieldPath field names may not start with '$'. Consider using $getField or $setField.`);
  }
  if (name.includes('\0')) throw new CommandError(16411, `FieldPath field names may not contain '\\0'.`);
}

/** The components of a dotted path, checked. */
export function splitFieldPath(path: string): readonly string[] {
  if (path === '') throw new CommandError(40352, 'FieldPath cannot be constructed with empty string');
  if (path.endsWith('.')) throw new CommandError(40353, "FieldPath must not end with a '.'.");
  const names = path.split('.');
  names.forEach(checkPathComponent);
  return names;
}

/** Compiles a string that begins with `$`. */
export function compilePath(text: string, context: CompileContext): Expression {
  if (text.length === 1) throw new CommandError(16872, "'$' by itself is not a valid FieldPath");
  if (!text.startsWith('$$')) return fieldExpression(splitFieldPath(text.slice(1)));
  const dot = text.indexOf('.');
  const name = dot === -1 ? text.slice(2) : text.slice(2, dot);
  checkReadableVariable(name);
  const path = dot === -1 ? [] : splitFieldPath(text.slice(dot + 1));
  if (context.boundVariables.has(name) && name !== 'CURRENT') return walked(path, (scope) => scope.variables.get(name), []);
  switch (name) {
    case 'CURRENT':
      return path.length > 0 ? fieldExpression(path) : { evaluate: (scope) => scope.current, dependencies: undefined };
    case 'ROOT':
      return walked(path, (scope) => scope.root, path.length > 0 ? [path.join('.')] : undefined);
    case 'REMOVE':
      return missingExpression;
    default:
      return environmentVariable(name, path, context);
  }
}

/** Stands in an environment for a variable that is bound to a missing value (`$lookup.let` of a field that is not there). */
export const missingVariable = new RawValue(BsonType.undefined, Buffer.alloc(0), 0, 0);

function environmentVariable(name: string, path: readonly string[], context: CompileContext): Expression {
  const { environment } = context;
  const value = name === 'NOW' ? dateValue(BigInt(environment.now_ms)) : name === 'CLUSTER_TIME' ? timestampValue(environment.clusterTime) : environment.variables.get(name);
  if (value === undefined) throw new CommandError(17276, `Use of undefined variable: ${name}`);
  if (value === missingVariable) return missingExpression;
  const found = path.length === 0 ? value : valueAtPath(value, encodeNames(path), 0);
  return found === undefined ? missingExpression : constantExpression(found);
}

function fieldExpression(path: readonly string[]): Expression {
  const names = encodeNames(path);
  const dependencies = [path.join('.')];
  const [only] = names;
  if (names.length === 1 && only !== undefined) {
    return {
      evaluate: ({ current }) => (current.type === BsonType.object ? getFieldByBytes(current, only) : valueAtPath(current, names, 0)),
      dependencies,
    };
  }
  return { evaluate: (scope) => valueAtPath(scope.current, names, 0), dependencies };
}

function walked(path: readonly string[], start: (scope: Scope) => Value, dependencies: readonly string[] | undefined): Expression {
  if (path.length === 0) return { evaluate: start, dependencies };
  const names = encodeNames(path);
  return {
    evaluate: (scope) => {
      const value = start(scope);
      return value === undefined ? undefined : valueAtPath(value, names, 0);
    },
    dependencies,
  };
}

/** The names of a path as the bytes that `valueAtPath` compares. */
export function encodeNames(path: readonly string[]): readonly Buffer[] {
  return path.map((name) => Buffer.from(name, 'utf8'));
}

/**
 * The value at a path. A path that meets an array goes on in each of its documents and gives the array of what it finds;
 * elements that are no documents (nested arrays among them) are passed over, and numeric names are names, never positions.
 */
export function valueAtPath(value: RawValue, names: readonly Buffer[], index: number): Value {
  if (value.type === BsonType.object) {
    const field = getFieldByBytes(value, names[index]!);
    return field === undefined || index === names.length - 1 ? field : valueAtPath(field, names, index + 1);
  }
  if (value.type !== BsonType.array) return undefined;
  const found: RawValue[] = [];
  const reader = ElementReader.of(value);
  while (reader.next()) {
    if (reader.type !== BsonType.object) continue;
    const nested = valueAtPath(reader.value(), names, index);
    if (nested !== undefined) found.push(nested);
  }
  return arrayValue(found);
}

function checkReadableVariable(name: string): void {
  checkVariableCharacters(name, /^[A-Za-z\u0080-\uffff]/);
}

/** Refuses names that `$let`, `$map`, ... and a command's `let` may not bind; `CURRENT` may be bound. */
export function checkWritableVariable(name: string): void {
  if (name === 'CURRENT') return;
  checkVariableCharacters(name, /^[a-z\u0080-\uffff]/);
}

function checkVariableCharacters(name: string, first: RegExp): void {
  if (name === '') throw new CommandError('FailedToParse', 'empty variable names are not allowed');
  if (!first.test(name)) {
    throw new CommandError('FailedToParse', `'${name}' starts with an invalid character for a user variable name`);
  }
  const invalid = /[^A-Za-z0-9_\u0080-\uffff]/.exec(name);
  if (invalid !== null) {
    throw new CommandError('FailedToParse', `'${name}' contains an invalid character for a variable name: '${invalid[0]}'`);
  }
}
