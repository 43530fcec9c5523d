// Every expression operator by name. A new operator is one line here.
import { and, not, or } from './boolean.js';
import * as comparison from './comparison.js';
import type { OperatorCompiler } from './compile-context.js';
import { cond, ifNull, switchOperator } from './conditional.js';
import { letOperator, literal, rand } from './variables.js';

export const operatorTable: ReadonlyMap<string, OperatorCompiler> = new Map<string, OperatorCompiler>(Object.entries({
  $and: and,
  $or: or,
  $not: not,
  $cmp: comparison.compare,
  $eq: comparison.equal,
  $gt: comparison.greaterThan,
  $gte: comparison.greaterThanOrEqual,
  $lt: comparison.lessThan,
  $lte: comparison.lessThanOrEqual,
  $ne: comparison.notEqual,
  $cond: cond,
  $ifNull: ifNull,
  $switch: switchOperator,
  $let: letOperator,
  $literal: literal,
  $const: literal,
  $rand: rand,
}));
