// Whether a value is what a test expects, with the operators of the unified test format (`$$type`, `$$exists`, ...).
// Source: the drivers' specification "Unified Test Format", Evaluating Matches.
import { EJSON } from 'bson';
import type { Document } from 'mongodb';
import type { Entities } from './entities.js';

/** A difference, in words; undefined: it matches. */
export type Mismatch = string | undefined;

export interface MatchContext {
  readonly entities: Entities;
  /** Whether further fields are allowed: at the root of results, not below. */
  readonly isRoot: boolean;
}

const show = (value: unknown): string => {
  try {
    return EJSON.stringify(value, { relaxed: true });
  } catch {
    return String(value);
  }
};

/** By name: the driver may have a copy of the library of its own. */
function bsonType(value: unknown): string {
  return typeof value === 'object' && value !== null && '_bsontype' in value ? String(value._bsontype) : '';
}

function plain(value: unknown): unknown {
  if (['Long', 'Int32', 'Double', 'Number'].includes(bsonType(value))) return Number(String(value));
  return typeof value === 'bigint' ? Number(value) : value;
}

function isDocument(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && bsonType(value) === '' && !(value instanceof Date) && !(value instanceof RegExp) && !Buffer.isBuffer(value) && !(value instanceof Map);
}

const typeTests: Readonly<Record<string, (value: unknown) => boolean>> = {
  double: (value) => typeof plain(value) === 'number',
  number: (value) => typeof plain(value) === 'number' || bsonType(value) === 'Decimal128',
  int: (value) => typeof plain(value) === 'number',
  long: (value) => typeof plain(value) === 'number',
  string: (value) => typeof value === 'string',
  object: isDocument,
  array: Array.isArray,
  bool: (value) => typeof value === 'boolean',
  date: (value) => value instanceof Date,
  null: (value) => value === null,
};

function hasType(value: unknown, name: string): boolean {
  const test = typeTests[name];
  if (test !== undefined) return test(value);
  const own = bsonType(value);
  return { objectId: 'ObjectId', binData: 'Binary', timestamp: 'Timestamp', decimal: 'Decimal128', minKey: 'MinKey', maxKey: 'MaxKey' }[name] === own;
}

/** The operators that stand in the place of a value. `undefined` as `actual` means that it is missing. */
const operators: Readonly<Record<string, (argument: unknown, actual: unknown, context: MatchContext) => Mismatch>> = {
  $$exists: (argument, actual) => ((actual !== undefined) === argument ? undefined : `expected the field to ${argument === true ? 'be there' : 'be missing'}, found ${show(actual)}`),
  $$type: (argument, actual) => ([argument].flat().some((name) => hasType(actual, String(name))) ? undefined : `expected the type ${show(argument)}, found ${show(actual)}`),
  $$unsetOrMatches: (argument, actual, context) => (actual === undefined ? undefined : mismatch(argument, actual, context)),
  $$matchesEntity: (argument, actual, context) => mismatch(context.entities.get(String(argument)), actual, context),
  $$matchesHexBytes: (argument, actual) => (Buffer.isBuffer(actual) && actual.toString('hex') === argument ? undefined : `expected the bytes ${show(argument)}`),
  $$sessionLsid: (argument, actual, context) => mismatch(context.entities.session(String(argument)).id, actual, context),
  $$lte: (argument, actual) => (Number(plain(actual)) <= Number(plain(argument)) ? undefined : `expected at most ${show(argument)}, found ${show(actual)}`),
  $$matchAsDocument: (argument, actual, context) => mismatch(argument, typeof actual === 'string' ? (EJSON.parse(actual) as unknown) : actual, context),
  $$matchAsRoot: (argument, actual, context) => mismatch(argument, actual, { ...context, isRoot: true }),
};

function operatorOf(expected: unknown): readonly [string, unknown] | undefined {
  if (!isDocument(expected)) return undefined;
  const [first, ...others] = Object.entries(expected);
  return first !== undefined && others.length === 0 && Object.hasOwn(operators, first[0]) ? first : undefined;
}

function documentMismatch(expected: Document, actual: Document, context: MatchContext): Mismatch {
  const inner = { ...context, isRoot: false };
  for (const [name, value] of Object.entries(expected)) {
    const found: unknown = Object.hasOwn(actual, name) ? actual[name] : undefined;
    if (found === undefined && operatorOf(value) === undefined && value !== undefined) return `'${name}' is missing in ${show(actual)}`;
    const difference = mismatch(value, found, inner);
    if (difference !== undefined) return `${name}: ${difference}`;
  }
  if (context.isRoot) return undefined;
  const extra = Object.keys(actual).find((name) => actual[name] !== undefined && !Object.hasOwn(expected, name));
  return extra === undefined ? undefined : `'${extra}' is not expected in ${show(actual)}`;
}

function arrayMismatch(expected: readonly unknown[], actual: unknown, context: MatchContext): Mismatch {
  if (!Array.isArray(actual)) return `expected an array, found ${show(actual)}`;
  if (actual.length !== expected.length) return `expected ${expected.length} elements, found ${actual.length}: ${show(actual)}`;
  for (const [index, value] of expected.entries()) {
    const difference = mismatch(value, actual[index], context);
    if (difference !== undefined) return `${index}: ${difference}`;
  }
  return undefined;
}

/** Compares as the format says: documents by the expected fields, arrays by position, numbers by value. */
export function mismatch(expected: unknown, actual: unknown, context: MatchContext): Mismatch {
  const operator = operatorOf(expected);
  if (operator !== undefined) return operators[operator[0]]!(operator[1], actual, context);
  if (Array.isArray(expected)) return arrayMismatch(expected, actual, context);
  const found = actual instanceof Map ? (Object.fromEntries(actual) as unknown) : actual;
  if (isDocument(expected)) return isDocument(found) ? documentMismatch(expected, found, context) : `expected ${show(expected)}, found ${show(found)}`;
  const [wanted, got] = [plain(expected), plain(found)];
  if (typeof wanted === 'number' && typeof got === 'number') return Object.is(wanted, got) || wanted === got ? undefined : `expected ${wanted}, found ${got}`;
  return show(wanted) === show(got) ? undefined : `expected ${show(wanted)}, found ${show(got)}`;
}
