// $percentile and $median. Both give values of the input by rank, which is within what method 'approximate' allows.
// Source: the manual's pages "$percentile" and "$median".
import { asDouble } from '../../bson/conversion.js';
import { BsonType, isNumericType } from '../../bson/types.js';
import { arrayValues, elements } from '../../bson/reader.js';
import { arrayValue, doubleValue, nullValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { describeComputed, describeValue } from '../describe-value.js';
import type { CompileContext } from '../expressions/compile-context.js';
import { typeNameOf } from '../expressions/operands.js';
import { feeding, refuseArray, type AccumulatorCompiler, type ValueAccumulator } from './accumulator.js';

export interface PercentileArguments {
  readonly input: RawValue;
  /** In [0, 1]; for the median the one 0.5. */
  readonly ranks: readonly number[];
  readonly finish: (values: readonly RawValue[]) => RawValue;
}

export const compilePercentile: AccumulatorCompiler = (argument, context, name) => {
  refuseArray(argument, name);
  const parsed = parsePercentile(argument, context, name, name === '$percentile' ? 7429703 : 7436100);
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

/** `notObjectCode`: what the place (accumulator or expression) answers to a specification that is no object. */
export function parsePercentile(argument: RawValue, context: CompileContext, name: string, notObjectCode: number): PercentileArguments {
  const hasRanks = name === '$percentile';
  if (argument.type !== BsonType.object) {
    throw new CommandError(notObjectCode, `specification must be an object; found ${name}: ${describeValue(argument)}`);
  }
  const given = new Map(elements(argument));
  const required = hasRanks ? ['input', 'p', 'method'] : ['input', 'method'];
  for (const field of given.keys()) {
    if (!required.includes(field)) throw new CommandError('Location40415', `BSON field '${name}.${field}' is an unknown field.`);
  }
  for (const field of required) {
    if (!given.has(field)) throw new CommandError('Location40414', `BSON field '${name}.${field}' is missing but a required field`);
  }
  const input = given.get('input')!;
  const ranks = hasRanks ? parseRanks(context.compile(given.get('p')!).constant) : [0.5];
  checkMethod(given.get('method')!, name);
  return { input, ranks, finish: hasRanks ? arrayValue : ([median]) => median! };
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
  if (p === undefined) throw new CommandError(7750300, "The $percentile 'p' field must be an array of constant values");
  const ranks = p.type === BsonType.array ? arrayValues(p) : [];
  if (ranks.length === 0) throw badRank(7750301, p);
  return ranks.map((rank) => {
    if (!isNumericType(rank.type)) throw badRank(7750302, rank);
    const number = asDouble(rank);
    if (!(number >= 0 && number <= 1)) throw badRank(7750303, rank);
    return number;
  });
}

function badRank(code: number, found: RawValue): CommandError {
  return new CommandError(code, `The $percentile 'p' field must be an array of numbers from [0.0, 1.0], but found: ${describeComputed(found)}`);
}
