// Accumulators as expressions: over the elements of an array, or over their operands.
// Source: the manual's pages "$sum (aggregation)", "$maxN (aggregation)", "$median (aggregation)", ...
import { BsonType, isNumericType } from '../../bson/types.js';
import { arrayValues } from '../../bson/reader.js';
import type { QueryEnvironment } from '../../query/environment.js';
import { CommandError } from '../../errors.js';
import type { ValueAccumulator } from '../accumulators/accumulator.js';
import { countOf, createGreatest, createLeast, parseCounted, type CountedCreator } from '../accumulators/counted.js';
import { createMaximum, createMinimum } from '../accumulators/extremes.js';
import { createFirstN, createLastN } from '../accumulators/first-last.js';
import { createMergeObjects } from '../accumulators/merge-objects.js';
import { createPercentile, parsePercentile } from '../accumulators/percentile.js';
import { createPopulationDeviation, createSampleDeviation } from '../accumulators/standard-deviation.js';
import { createAverage, createSum } from '../accumulators/sum-and-average.js';
import type { OperatorCompiler, Value } from './compile-context.js';
import { derivedExpression } from './derive.js';
import { variadic } from './operands.js';

/** `{$sum: '$array'}` goes over the elements, `{$sum: [a, b]}` over the operands. */
function overOperands(create: (environment: QueryEnvironment) => ValueAccumulator): OperatorCompiler {
  return variadic((operands, environment) => {
    const [only] = operands;
    const values = operands.length === 1 && only?.type === BsonType.array ? arrayValues(only) : operands;
    return fed(create(environment), values);
  });
}

function fed(state: ValueAccumulator, values: readonly Value[]): Value {
  for (const value of values) state.add(value);
  return state.result();
}

export const sum = overOperands(createSum);
export const avg = overOperands(createAverage);
export const min = overOperands(createMinimum);
export const max = overOperands(createMaximum);
export const stdDevPop = overOperands(createPopulationDeviation);
export const stdDevSamp = overOperands(createSampleDeviation);
export const mergeObjects = overOperands(createMergeObjects);

function counted(create: CountedCreator): OperatorCompiler {
  return (argument, context, name) => {
    const raw = parseCounted(argument, name);
    const n = context.compile(raw.n);
    const input = context.compile(raw.input);
    return derivedExpression([n, input], (scope) => {
      const count = countOf(n.evaluate(scope));
      const array = input.evaluate(scope);
      if (array?.type !== BsonType.array) throw new CommandError(5788200, 'Input must be an array');
      return fed(create(count, context.environment), arrayValues(array));
    });
  };
}

export const firstN = counted(createFirstN);
export const lastN = counted(createLastN);
export const minN = counted(createLeast);
export const maxN = counted(createGreatest);

/** `$percentile` and `$median` over the numbers of an array, or one number. */
export const percentile: OperatorCompiler = (argument, context, name) => {
  const parsed = parsePercentile(argument, context, name, name === '$percentile' ? 7436200 : 7436201);
  const input = context.compile(parsed.input);
  return derivedExpression([input], (scope) => {
    const value = input.evaluate(scope);
    if (value?.type === BsonType.array) return fed(createPercentile(parsed), arrayValues(value));
    return fed(createPercentile(parsed), value !== undefined && isNumericType(value.type) ? [value] : []);
  });
};
