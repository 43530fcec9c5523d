// Arrays as sets: $setUnion, $setIntersection, ... Equal values of different numeric types are one element.
// Source: the manual's page "Set Expression Operators".
import { canonicalKey } from '../../bson/canonical-key.js';
import { isTruthy } from '../../bson/truth.js';
import { BsonType } from '../../bson/types.js';
import { arrayValues } from '../../bson/reader.js';
import { arrayValue, booleanValue, nullValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import type { QueryEnvironment } from '../../query/environment.js';
import { CommandError } from '../../errors.js';
import { isNullish, type Value } from './compile-context.js';
import { binary, typeNameOf, unary, variadic } from './operands.js';

type Members = ReadonlyMap<string, RawValue>;
type Environment = Pick<QueryEnvironment, 'collation' | 'checkInterrupt'>;

const itemsBetweenLooks = 4096;

/** The distinct elements, each as first met. */
function members(array: RawValue, { collation, checkInterrupt }: Environment): Members {
  const found = new Map<string, RawValue>();
  for (const [index, item] of arrayValues(array).entries()) {
    if (index % itemsBetweenLooks === 0) checkInterrupt?.();
    const key = canonicalKey(item, collation);
    if (!found.has(key)) found.set(key, item);
  }
  return found;
}

function requireArray(value: Value, code: number, prefix: string): RawValue {
  if (value?.type !== BsonType.array) throw new CommandError(code, `${prefix}${typeNameOf(value)}`);
  return value;
}

export const setEquals = variadic((operands, environment) => {
  if (operands.length < 2) throw new CommandError(17045, `$setEquals needs at least two arguments had: ${operands.length}`);
  const [first, ...others] = operands.map((operand, index) =>
    members(requireArray(operand, 5887502, `All operands of $setEquals must be arrays. ${index + 1}-th argument is of type: `), environment),
  );
  return booleanValue(others.every((other) => other.size === first!.size && isSubset(other, first!)));
});

function isSubset(inner: Members, outer: Members): boolean {
  for (const key of inner.keys()) {
    if (!outer.has(key)) return false;
  }
  return true;
}

export const setIntersection = variadic((operands, environment) => {
  let common: Map<string, RawValue> | undefined;
  for (const operand of operands) {
    if (isNullish(operand)) return nullValue;
    const next = members(requireArray(operand, 17047, 'All operands of $setIntersection must be arrays. One argument is of type: '), environment);
    common = common === undefined ? new Map(next) : new Map([...common].filter(([key]) => next.has(key)));
  }
  return arrayValue([...(common?.values() ?? [])]);
});

export const setUnion = variadic((operands, environment) => {
  const all = new Map<string, RawValue>();
  for (const operand of operands) {
    if (isNullish(operand)) return nullValue;
    const next = members(requireArray(operand, 17043, 'All operands of $setUnion must be arrays. One argument is of type: '), environment);
    for (const [key, item] of next) {
      if (!all.has(key)) all.set(key, item);
    }
  }
  return arrayValue([...all.values()]);
});

export const setDifference = binary((left, right, environment) => {
  if (isNullish(left) || isNullish(right)) return nullValue;
  const kept = members(requireArray(left, 17048, 'both operands of $setDifference must be arrays. First argument is of type: '), environment);
  const dropped = members(requireArray(right, 17049, 'both operands of $setDifference must be arrays. Second argument is of type: '), environment);
  return arrayValue([...kept].filter(([key]) => !dropped.has(key)).map(([, item]) => item));
});

export const setIsSubset = binary((left, right, environment) => {
  const inner = requireArray(left, 17046, 'both operands of $setIsSubset must be arrays. First argument is of type: ');
  const outer = requireArray(right, 17042, 'both operands of $setIsSubset must be arrays. Second argument is of type: ');
  return booleanValue(isSubset(members(inner, environment), members(outer, environment)));
});

export const anyElementTrue = unary((array) =>
  booleanValue(arrayValues(requireArray(array, 17041, "$anyElementTrue's argument must be an array, but is ")).some(isTruthy)),
);

export const allElementsTrue = unary((array) =>
  booleanValue(arrayValues(requireArray(array, 17040, "$allElementsTrue's argument must be an array, but is ")).every(isTruthy)),
);
