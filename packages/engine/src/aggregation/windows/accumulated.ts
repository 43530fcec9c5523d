// Accumulators over windows: $sum, $avg, $push, ... as $group knows them.
import { emptyDocument } from '../../bson/writer.js';
import { nullValue } from '../../bson/values.js';
import { documentValue } from '../../bson/raw-value.js';
import type { Accumulator, AccumulatorCompiler, CompiledAccumulator } from '../accumulators/accumulator.js';
import { documentScope, type Value } from '../expressions/compile-context.js';
import { parseBounds, type WindowBounds } from './bounds.js';
import type { Partition, WindowCompiler } from './partition.js';

export function accumulated(compile: AccumulatorCompiler): WindowCompiler {
  return (argument, window, context, name) => {
    const accumulator = compile(argument, context.expressions, name);
    const bounds = parseBounds(window, context);
    return (partition) => (bounds.startsAtFirst ? growing(partition, accumulator, bounds) : sliding(partition, accumulator, bounds));
  };
}

const noGroup = documentScope(documentValue(emptyDocument));

/** A window that begins with the partition only takes documents in. */
function growing(partition: Partition, accumulator: CompiledAccumulator, bounds: WindowBounds): (index: number) => Value {
  const state = accumulator.start(noGroup);
  let taken = 0;
  let result: Value;
  let isStale = true;
  return (index) => {
    const { end } = bounds.rangeOf(partition, index);
    for (; taken < end; taken += 1) {
      state.add(partition.scopes[taken]!);
      isStale = true;
    }
    if (isStale) result = resultOf(state);
    isStale = false;
    return result;
  };
}

function sliding(partition: Partition, accumulator: CompiledAccumulator, bounds: WindowBounds): (index: number) => Value {
  return (index) => {
    const { start, end } = bounds.rangeOf(partition, index);
    const state = accumulator.start(noGroup);
    for (let taken = start; taken < end; taken += 1) state.add(partition.scopes[taken]!);
    return resultOf(state);
  };
}

function resultOf(state: Accumulator): Value {
  return state.result() ?? nullValue;
}
