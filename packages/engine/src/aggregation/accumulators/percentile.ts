// $percentile and $median. Both give values of the input by rank, which is within what method 'approximate' allows.
// Source: the manual's pages "$percentile" and "$median".
import { asDouble } from '../../bson/conversion.js';
import { BsonType, isNumericType } from '../../bson/types.js';
import { arrayValues, elements } from '../../bson/reader.js';
import { arrayValue, doubleValue, nullValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { describeValue } from '../describe-value.js';
import type { CompileContext } from '../expressions/compile-context.js';
import { typeNameOf } from '../expressions/operands.js';
import { feeding, type AccumulatorCompiler, type ValueAccumulator } from './accumulator.js';

export interface PercentileArguments {
  readonly input: RawValue;
  /** In [0, 1]; for the median the one 0.5. */
  readonly ranks: readonly number[];
  readonly finish: (values: readonly RawValue[]) => RawValue;
}

export const compilePercentile: AccumulatorCompiler = (argument, context, name) => {
  const parsed = parsePercentile(argument, context, name);
  const input = context.compile(parsed.input);
  return { operands: [input], start: () => feeding(input, createPercentile(parsed)) };
};

/** Keeps the numbers; anything else does not count. */
export function createPercentile({ ranks, finish }: PercentileArguments): ValueAccumulator {
  const numbers: number[] = [];
  return {
    add(value) {
      if (value !== undefined && isNumericType(value.type)) numbers.push(asDouble(value));
    },
    result: () => {
      const sorted = Float64Array.from(numbers).sort();
      return finish(ranks.map((rank) => valueAtRank(sorted, rank)));
    },
    get heldBytes() {
      return numbers.length * 8;
    },
  };
}

function valueAtRank(sorted: Float64Array, rank: number): RawValue {
  if (sorted.length === 0) return nullValue;
  return doubleValue(sorted[Math.max(0, Math.ceil(sorted.length * rank) - 1)]!);
}

export function parsePercentile(argument: RawValue, context: CompileContext, name: string): PercentileArguments {
  const hasRanks = name === '$percentile';
  if (argument.type !== BsonType.object) {
    throw new CommandError(hasRanks ? 7429703 : 7436201, `specification must be an object; found ${name}: ${describeValue(argument)}`);
  }
  const given = new Map(elements(argument));
  const required = hasRanks ? ['input', 'p', 'method'] : ['input', 'method'];
  for (const field of given.keys()) {
    if (!required.includes(field)) throw new CommandError('Location40415', `BSON field '${name}.${field}' is an unknown field.`);
  }
  for (const field of required) {
    if (!given.has(field)) throw new CommandError('Location40414', `BSON field '${name}.${field}' is missing but a required field`);
  }
  checkMethod(given.get('method')!, name);
  const input = given.get('input')!;
  if (!hasRanks) return { input, ranks: [0.5], finish: ([median]) => median! };
  return { input, ranks: parseRanks(context.compile(given.get('p')!).constant), finish: arrayValue };
}

function checkMethod(method: RawValue, name: string): void {
  if (method.type !== BsonType.string) {
    throw new CommandError('TypeMismatch', `BSON field '${name}.method' is the wrong type '${typeNameOf(method)}', expected type 'string'`);
  }
  if (method.string() !== 'approximate') {
    throw new CommandError('BadValue', "Currently only 'approximate' can be used as a percentile 'method'.");
  }
}

function parseRanks(p: RawValue | undefined): readonly number[] {
  const ranks = p?.type === BsonType.array ? arrayValues(p) : [];
  if (ranks.length === 0) {
    throw new CommandError(7750300, "The $percentile 'p' field must be an array of numbers from [0.0, 1.0]");
  }
  return ranks.map((rank) => {
    const number = isNumericType(rank.type) ? asDouble(rank) : Number.NaN;
    if (!(number >= 0 && number <= 1)) {
      throw new CommandError(7750301, `The $percentile 'p' field must be an array of numbers from [0.0, 1.0], but found: ${describeValue(rank)}`);
    }
    return number;
  });
}
