// Every window function of $setWindowFields by name: the accumulators, and those that only windows have.
import { accumulatorTable } from '../accumulators/accumulator-table.js';
import { accumulated } from './accumulated.js';
import { covariancePop, covarianceSamp } from './covariance.js';
import type { WindowCompiler } from './partition.js';
import { denseRank, documentNumber, rank, shift } from './ranks.js';
import { derivative, integral } from './slopes.js';
import { expMovingAvg, linearFill, locf } from './smoothing.js';

/** An accumulator of $group that windows do not have. */
const groupOnly: ReadonlySet<string> = new Set(['$mergeObjects']);

const windowAccumulators = [...accumulatorTable].filter(([name]) => !groupOnly.has(name)).map(([name, compile]) => [name, accumulated(compile)] as const);

export const windowFunctionTable: ReadonlyMap<string, WindowCompiler> = new Map<string, WindowCompiler>([
  ...windowAccumulators,
  ['$covariancePop', covariancePop],
  ['$covarianceSamp', covarianceSamp],
  ['$denseRank', denseRank],
  ['$derivative', derivative],
  ['$documentNumber', documentNumber],
  ['$expMovingAvg', expMovingAvg],
  ['$integral', integral],
  ['$linearFill', linearFill],
  ['$locf', locf],
  ['$rank', rank],
  ['$shift', shift],
]);
