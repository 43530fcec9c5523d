// The accumulators that keep n: $firstN, $lastN, $minN, $maxN. Source: the manual's pages of the same names.
import { compareValues } from '../../bson/compare.js';
import { exactInteger } from '../../bson/integers.js';
import { BsonType, isNumericType } from '../../bson/types.js';
import { elements } from '../../bson/reader.js';
import { arrayValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import type { QueryEnvironment } from '../../query/environment.js';
import { CommandError } from '../../errors.js';
import { describeComputed, describeValue } from '../describe-value.js';
import { isNullish, type Value } from '../expressions/compile-context.js';
import { feeding, refuseArray, retained, retainedBytes, type AccumulatorCompiler, type ValueAccumulator } from './accumulator.js';
import { BoundedOrder } from './bounded-order.js';

export type CountedCreator = (n: number, environment: QueryEnvironment) => ValueAccumulator;

/** `{input, n}` as raw values, checked; the expression and the accumulator of one name take the same. */
export function parseCounted(argument: RawValue, name: string): { readonly input: RawValue; readonly n: RawValue } {
  if (argument.type !== BsonType.object) {
    throw new CommandError(name === '$firstN' || name === '$lastN' ? 5787801 : 5787900, `specification must be an object; found ${name}: ${describeValue(argument)}`);
  }
  let input: RawValue | undefined;
  let n: RawValue | undefined;
  for (const [field, value] of elements(argument)) {
    if (field === 'input') input = value;
    else if (field === 'n') n = value;
    else throw new CommandError(5787901, `Unknown argument for 'n' operator: ${field}`);
  }
  if (n === undefined) throw new CommandError(5787906, "Missing value for 'n'");
  if (input === undefined) throw new CommandError(5787907, "Missing value for 'input'");
  return { input, n };
}

export function overCounted(create: CountedCreator): AccumulatorCompiler {
  return (argument, context, name) => {
    refuseArray(argument, name);
    const raw = parseCounted(argument, name);
    const n = context.compile(raw.n);
    const input = context.compile(raw.input);
    return { operands: [input], needsGroup: n.constant === undefined, start: (group) => feeding(input, create(countOf(n.evaluate(group)), context.environment)) };
  };
}

/** `n` as a positive whole number. */
export function countOf(value: Value): number {
  if (value === undefined || !isNumericType(value.type)) {
    throw new CommandError(5787902, `Value for 'n' must be of integral type, but found ${describeComputed(value)}`);
  }
  const n = exactInteger(value);
  if (n === undefined || BigInt.asIntN(64, n) !== n) {
    throw new CommandError(5787903, `Value for 'n' must be of integral type, but found ${describeComputed(value)}`);
  }
  if (n <= 0n) throw new CommandError(5787908, `'n' must be greater than 0, found ${n}`);
  return Number(n);
}

/** The n least (`sign` 1) or greatest (`sign` -1) in order; null and missing do not count. */
function extremes(sign: 1 | -1): CountedCreator {
  return (n, { collation }) => {
    const kept = new BoundedOrder<RawValue>(n, (a, b) => compareValues(a, b, collation) * sign);
    let heldBytes = 0;
    return {
      add(value) {
        if (isNullish(value)) return;
        const item = retained(value);
        heldBytes += retainedBytes(item) - retainedBytes(kept.add(item));
      },
      result: () => arrayValue(kept.sorted()),
      get heldBytes() {
        return heldBytes;
      },
    };
  };
}

export const createLeast = extremes(1);
export const createGreatest = extremes(-1);
