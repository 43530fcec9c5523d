// All update operators by name. A new one is a row here and a file in operators/.
import { compileAddToSet } from './operators/add-to-set.js';
import { compileIncrement, compileMultiply } from './operators/arithmetic.js';
import { compileBit } from './operators/bit.js';
import { compileMax, compileMin } from './operators/compare.js';
import { compileCurrentDate } from './operators/current-date.js';
import { compilePop } from './operators/pop.js';
import { compilePull, compilePullAll } from './operators/pull.js';
import { compilePush } from './operators/push.js';
import { compileSet, compileSetOnInsert } from './operators/set.js';
import { compileUnset } from './operators/unset.js';
import type { OperatorFactory } from './field-operator.js';

/** `rename` is apart because it acts on two paths. */
export const updateOperators: ReadonlyMap<string, OperatorFactory | 'rename'> = new Map<string, OperatorFactory | 'rename'>([
  ['$addToSet', compileAddToSet],
  ['$bit', compileBit],
  ['$currentDate', compileCurrentDate],
  ['$inc', compileIncrement],
  ['$max', compileMax],
  ['$min', compileMin],
  ['$mul', compileMultiply],
  ['$pop', compilePop],
  ['$pull', compilePull],
  ['$pullAll', compilePullAll],
  ['$push', compilePush],
  ['$rename', 'rename'],
  ['$set', compileSet],
  ['$setOnInsert', compileSetOnInsert],
  ['$unset', compileUnset],
]);
