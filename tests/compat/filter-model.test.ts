// Filters against a second, naive reading of MongoDB's rules on paths, arrays and types: random documents, random conditions.
import fc from 'fast-check';
import type { Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestEngine, type TestEngine } from './engine.fixture.js';

let test: TestEngine;
beforeAll(async () => {
  test = await startTestEngine();
});
afterAll(() => test.stop());

type Value = number | string | null | Value[] | { [name: string]: Value };
type Fields = { [name: string]: Value };
/** What a path leads to: a value, or nothing. */
type Found = Value | undefined;

const isFields = (value: Found): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

function typeRank(value: Value): number {
  if (value === null) return 1;
  if (typeof value === 'number') return 2;
  if (typeof value === 'string') return 3;
  return Array.isArray(value) ? 5 : 4;
}

function compare(a: Value, b: Value): number {
  const ranks = typeRank(a) - typeRank(b);
  if (ranks !== 0 || a === null || b === null) return ranks;
  if (typeof a !== 'object' || typeof b !== 'object') return a < b ? -1 : Number(a > b);
  const left = Object.entries(a);
  const right = Object.entries(b);
  for (let i = 0; i < Math.min(left.length, right.length); i += 1) {
    const [x, y] = [left[i]!, right[i]!];
    const order = typeRank(x[1]) - typeRank(y[1]) || (x[0] === y[0] ? compare(x[1], y[1]) : x[0] < y[0] ? -1 : 1);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** All that the path leads to. `expands`: an array at its end stands for its elements and for itself. */
function reached(fields: Fields, [name, ...rest]: readonly string[], expands: boolean): Found[] {
  const value = Object.hasOwn(fields, name!) ? fields[name!] : undefined;
  if (rest.length === 0) return expands && Array.isArray(value) ? [...value, value] : [value];
  if (Array.isArray(value)) return value.flatMap((element, index) => reachedThrough(element, index, rest, expands));
  return isFields(value) ? reached(value, rest, expands) : [undefined];
}

/** Through one element of an array: by the names of its fields, and by its index. */
function reachedThrough(element: Value, index: number, path: readonly string[], expands: boolean): Found[] {
  const byName = isFields(element) ? reached(element, path, expands) : [];
  if (path[0] !== String(index)) return byName;
  const rest = path.slice(1);
  if (rest.length === 0) return [...byName, element];
  if (Array.isArray(element)) return [...byName, ...element.flatMap((inner, position) => reachedThrough(inner, position, rest, expands))];
  return isFields(element) ? [...byName, ...reached(element, rest, expands)] : byName;
}

const typeNames: Readonly<Record<string, number>> = { null: 1, number: 2, string: 3, object: 4, array: 5 };

function holds(operator: string, operand: Value, value: Found): boolean {
  if (operator === '$in') return (operand as Value[]).some((one) => holds('$eq', one, value));
  if (operand === null && operator !== '$type') return ['$eq', '$gte', '$lte'].includes(operator) && (value === undefined || value === null);
  if (value === undefined) return false;
  if (operator === '$type') return typeNames[operand as string] === typeRank(value);
  if (operator === '$eq') return compare(value, operand) === 0;
  if (typeRank(value) !== typeRank(operand)) return false;
  const order = compare(value, operand);
  if (operator === '$gt' || operator === '$gte') return order > 0 || (operator === '$gte' && order === 0);
  return order < 0 || (operator === '$lte' && order === 0);
}

function elementMatches(element: Value, condition: Document): boolean {
  const entries = Object.entries(condition) as [string, Value][];
  if (entries[0]![0].startsWith('$')) {
    return entries.every(([operator, operand]) => (operator === '$ne' ? !holds('$eq', operand, element) : holds(operator, operand, element)));
  }
  if (typeof element !== 'object' || element === null) return false;
  const fields = Array.isArray(element) ? Object.fromEntries(Object.entries(element)) : element;
  return entries.every(([path, inner]) => matches(fields, path, inner as Document));
}

function matches(fields: Fields, path: string, condition: Document): boolean {
  const parts = path.split('.');
  return (Object.entries(condition) as [string, never][]).every(([operator, operand]) => {
    switch (operator) {
      case '$ne':
        return !matches(fields, path, { $eq: operand });
      case '$nin':
        return !matches(fields, path, { $in: operand });
      case '$not':
        return !matches(fields, path, operand);
      case '$all':
        return (operand as Value[]).length > 0 && (operand as Value[]).every((one) => matches(fields, path, { $eq: one }));
      case '$exists':
        return reached(fields, parts, false).some((value) => value !== undefined) === operand;
      case '$size':
        return reached(fields, parts, false).some((value) => Array.isArray(value) && value.length === operand);
      case '$elemMatch':
        return reached(fields, parts, false).some((value) => Array.isArray(value) && value.some((element) => elementMatches(element, operand)));
      default:
        return reached(fields, parts, true).some((value) => holds(operator, operand, value));
    }
  });
}

const name = fc.constantFrom('a', 'b', '0', '1');
const scalar = fc.constantFrom<Value>(0, 1, 2, null, 'x', 'y');
const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.uniqueArray(fc.tuple(name, tie('value')), { selector: ([field]) => field, maxLength: 2 }).map((fields) => Object.fromEntries(fields)),
  ),
}));
const fields = fc.uniqueArray(fc.tuple(name, value), { selector: ([field]) => field, maxLength: 3 }).map((entries): Fields => Object.fromEntries(entries));
const operand = fc.oneof({ weight: 3, arbitrary: scalar }, value);
const comparison = fc.tuple(fc.constantFrom('$gt', '$gte', '$lt', '$lte'), scalar).map(([operator, one]): Document => ({ [operator]: one }));
const equality = fc.tuple(fc.constantFrom('$eq', '$ne'), operand).map(([operator, one]): Document => ({ [operator]: one }));
const list = fc.tuple(fc.constantFrom('$in', '$nin', '$all'), fc.array(operand, { maxLength: 2 })).map(([operator, some]): Document => ({ [operator]: some }));
const type = fc.constantFrom(...Object.keys(typeNames)).map((one): Document => ({ $type: one }));
const simple = fc.oneof(comparison, equality, list, type);
const onElement = fc.oneof(comparison, fc.tuple(fc.constantFrom('a', 'b', 'a.b', '0'), simple).map(([path, condition]): Document => ({ [path]: condition })));
const condition = fc.oneof(
  { weight: 4, arbitrary: simple },
  fc.boolean().map((exists): Document => ({ $exists: exists })),
  fc.nat({ max: 2 }).map((size): Document => ({ $size: size })),
  simple.map((inner): Document => ({ $not: inner })),
  onElement.map((inner): Document => ({ $elemMatch: inner })),
);
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('.'));

describe('filters', () => {
  it('find what a plain model of the rules finds', async () => {
    const collection = test.collection();
    await fc.assert(
      fc.asyncProperty(fc.array(fields, { minLength: 1, maxLength: 20 }), fc.array(fc.tuple(path, condition), { minLength: 1, maxLength: 20 }), async (documents, queries) => {
        await collection.deleteMany({});
        await collection.insertMany(documents.map((own, _id) => ({ _id, own })));
        for (const [field, wanted] of queries) {
          const found = await collection.find({ [`own.${field}`]: wanted }).sort({ _id: 1 }).toArray();
          const expected = documents.flatMap((own, _id) => (matches({ own }, `own.${field}`, wanted) ? [_id] : []));
          expect([field, wanted, found.map(({ _id }) => _id)]).toEqual([field, wanted, expected]);
        }
      }),
      { numRuns: 25 },
    );
  });
});
