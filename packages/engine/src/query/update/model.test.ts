// The updater against a second, naive implementation of its rules over Maps and arrays: random documents, random operators.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CommandError } from '../../errors.js';
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { arrayValues, elements } from '../../bson/reader.js';
import { BsonType } from '../../bson/types.js';
import { arrayValue, int32Value, nullValue, objectValue } from '../../bson/values.js';
import { compileUpdate } from './compile-update.js';
import { testEnvironment } from './update.fixture.js';

type Model = number | null | Model[] | Map<string, Model>;
type Operator = '$set' | '$unset' | '$inc' | '$push' | '$max';

interface Change {
  readonly operator: Operator;
  readonly path: string;
  readonly operand: number;
}

function toRaw(model: Model): RawValue {
  if (model === null) return nullValue;
  if (typeof model === 'number') return int32Value(model);
  if (Array.isArray(model)) return arrayValue(model.map(toRaw));
  return objectValue([...model].map(([name, value]) => [name, toRaw(value)] as const));
}

function fromRaw(value: RawValue): Model {
  if (value.type === BsonType.object) return new Map([...elements(value)].map(([name, field]) => [name, fromRaw(field)]));
  if (value.type === BsonType.array) return arrayValues(value).map(fromRaw);
  return value.type === BsonType.int ? value.int32() : null;
}

class ModelError extends Error {
  constructor(readonly code: number) {
    super(String(code));
  }
}

const isIndex = (name: string): boolean => /^[0-9]+$/.test(name);

function child(container: Model, name: string): Model | undefined {
  if (container instanceof Map) return container.get(name);
  return Array.isArray(container) && isIndex(name) ? container[Number(name)] : undefined;
}

function put(container: Model, name: string, value: Model): void {
  if (container instanceof Map) {
    container.set(name, value);
    return;
  }
  if (!Array.isArray(container) || !isIndex(name)) throw new ModelError(28);
  while (container.length < Number(name)) container.push(null);
  container[Number(name)] = value;
}

function remove(container: Model, name: string): void {
  if (container instanceof Map) container.delete(name);
  else if (Array.isArray(container)) container[Number(name)] = null;
}

function applyChange(root: Map<string, Model>, { operator, path, operand }: Change): void {
  const names = path.split('.');
  let container: Model = root;
  for (const [position, name] of names.slice(0, -1).entries()) {
    const next = child(container, name);
    if (next !== undefined) {
      container = next;
      continue;
    }
    if (operator === '$unset') return;
    let created: Model = createdValue(operator, operand);
    for (const inner of names.slice(position + 1).reverse()) created = new Map([[inner, created]]);
    put(container, name, created);
    return;
  }
  changeField(container, names.at(-1)!, operator, operand);
}

function createdValue(operator: Operator, operand: number): Model {
  return operator === '$push' ? [operand] : operand;
}

function changeField(container: Model, name: string, operator: Operator, operand: number): void {
  const current = child(container, name);
  if (operator === '$unset') {
    if (current !== undefined) remove(container, name);
    return;
  }
  if (current === undefined || operator === '$set') {
    put(container, name, createdValue(operator, operand));
    return;
  }
  if (operator === '$push') {
    if (!Array.isArray(current)) throw new ModelError(2);
    current.push(operand);
  } else if (operator === '$inc') {
    if (typeof current !== 'number') throw new ModelError(14);
    put(container, name, current + operand);
  } else if (current === null || (typeof current === 'number' && current < operand)) {
    put(container, name, operand);
  }
}

/** MongoDB's order of application: by path, name for name, numbers as numbers. */
function comparePaths(a: Change, b: Change): number {
  const left = a.path.split('.');
  const right = b.path.split('.');
  for (let i = 0; i < Math.min(left.length, right.length); i += 1) {
    const [x, y] = [left[i]!, right[i]!];
    if (x === y) continue;
    if (isIndex(x) && isIndex(y)) return Number(x) - Number(y);
    return x < y ? -1 : 1;
  }
  return left.length - right.length;
}

function expected(root: Map<string, Model>, changes: readonly Change[]): Model | number {
  try {
    for (const change of [...changes].sort(comparePaths)) applyChange(root, change);
    return root;
  } catch (error) {
    if (error instanceof ModelError) return error.code;
    throw error;
  }
}

function actual(document: RawDocument, changes: readonly Change[]): Model | number {
  const operators = [...new Set(changes.map(({ operator }) => operator))].map((operator) => {
    const own = changes.filter((change) => change.operator === operator);
    return [operator, objectValue(own.map(({ path, operand }) => [path, int32Value(operand)] as const))] as const;
  });
  const update = objectValue(operators);
  try {
    const compiled = compileUpdate(update, {}, testEnvironment);
    return fromRaw(documentValue(compiled.apply({ document: documentValue(document), arrayIndex: undefined, isInsert: false }) ?? document));
  } catch (error) {
    if (error instanceof CommandError) return error.code;
    throw error;
  }
}

const name = fc.constantFrom('a', 'b', '0', '1', '2');
const { model } = fc.letrec<{ model: Model }>((tie) => ({
  model: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom<Model>(1, 5, null),
    fc.array(tie('model'), { maxLength: 3 }),
    fc.uniqueArray(fc.tuple(name, tie('model')), { selector: ([field]) => field, maxLength: 3 }).map((fields) => new Map(fields)),
  ),
}));
const root = fc.uniqueArray(fc.tuple(name, model), { selector: ([field]) => field, maxLength: 4 }).map((fields) => new Map<string, Model>([['_id', 1], ...fields]));
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('.'));
const change = fc.record({ operator: fc.constantFrom<Operator>('$set', '$unset', '$inc', '$push', '$max'), path, operand: fc.integer({ min: 1, max: 9 }) });

function haveConflict(changes: readonly Change[]): boolean {
  return changes.some((one, i) => changes.some((other, j) => i !== j && `${other.path}.`.startsWith(`${one.path}.`)));
}

describe('updates', () => {
  it('do what a plain model of the rules does', () => {
    fc.assert(
      fc.property(root, fc.array(change, { minLength: 1, maxLength: 4 }), (document, changes) => {
        fc.pre(!haveConflict(changes));
        const raw = toRaw(document).document();
        const result = actual(raw, changes);
        const wanted = expected(fromRaw(documentValue(raw)) as Map<string, Model>, changes);
        expect(typeof result).toBe(typeof wanted);
        if (typeof result !== 'number' && typeof wanted !== 'number') expect(toRaw(result).slice().equals(toRaw(wanted).slice())).toBe(true);
        else if (changes.length === 1) expect(result).toBe(wanted);
      }),
      { numRuns: 2000 },
    );
  });

  it('of conflicting paths are refused', () => {
    fc.assert(
      fc.property(root, fc.array(change, { minLength: 2, maxLength: 3 }), (document, changes) => {
        const distinct = [...new Map(changes.map((one) => [`${one.operator} ${one.path}`, one])).values()];
        fc.pre(haveConflict(distinct));
        expect(actual(toRaw(document).document(), distinct)).toBe(40);
      }),
    );
  });
});
