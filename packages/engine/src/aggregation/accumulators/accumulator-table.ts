// Every accumulator of $group, $bucket and $bucketAuto by name. A new accumulator is one line here.
import { overValues, type AccumulatorCompiler } from './accumulator.js';
import { createAddToSet, createPush } from './collect.js';
import { createGreatest, createLeast, overCounted } from './counted.js';
import { createMaximum, createMinimum } from './extremes.js';
import { createFirst, createFirstN, createLast, createLastN } from './first-last.js';
import { createMergeObjects } from './merge-objects.js';
import { compilePercentile } from './percentile.js';
import { createPopulationDeviation, createSampleDeviation } from './standard-deviation.js';
import { compileCountAccumulator, createAverage, createSum } from './sum-and-average.js';
import { several, single } from './top-bottom.js';

export const accumulatorTable: ReadonlyMap<string, AccumulatorCompiler> = new Map<string, AccumulatorCompiler>(Object.entries({
  $addToSet: overValues(createAddToSet),
  $avg: overValues(createAverage),
  $bottom: single('bottom'),
  $bottomN: several('bottom'),
  $count: compileCountAccumulator,
  $first: overValues(createFirst),
  $firstN: overCounted(createFirstN),
  $last: overValues(createLast),
  $lastN: overCounted(createLastN),
  $max: overValues(createMaximum),
  $maxN: overCounted(createGreatest),
  $median: compilePercentile,
  $mergeObjects: overValues(createMergeObjects),
  $min: overValues(createMinimum),
  $minN: overCounted(createLeast),
  $percentile: compilePercentile,
  $push: overValues(createPush),
  $stdDevPop: overValues(createPopulationDeviation),
  $stdDevSamp: overValues(createSampleDeviation),
  $sum: overValues(createSum),
  $top: single('top'),
  $topN: several('top'),
}));
