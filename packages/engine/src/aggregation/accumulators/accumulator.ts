// The contract of accumulators: what $group, $bucket and $setWindowFields gather per group.
import { RawValue } from '../../bson/raw-value.js';
import type { QueryEnvironment } from '../../query/environment.js';
import { CommandError } from '../../errors.js';
import { BsonType } from '../../bson/types.js';
import { arrayValues } from '../../bson/reader.js';
import type { Expression, Scope } from '../expression.js';
import type { CompileContext, Value } from '../expressions/compile-context.js';

/** One group's running state. */
export interface Accumulator {
  /** Takes in one document of the group. */
  add(scope: Scope): void;
  /** What the group has come to; missing becomes null in `$group`. */
  result(): Value;
  /** Bytes that it holds beyond a fixed small size: what the memory limit counts. */
  readonly heldBytes: number;
}

export interface CompiledAccumulator {
  /** What it reads of each document. */
  readonly operands: readonly Expression[];
  /** Whether `n` is something other than a constant. */
  readonly needsGroup?: boolean;
  /** A fresh state; `group` is the group's `_id`, which `n` of `$firstN` and its like may depend on. */
  start(group: Scope): Accumulator;
}

export type AccumulatorCompiler = (argument: RawValue, context: CompileContext, name: string) => CompiledAccumulator;

/** An accumulator over single values, which the expression forms (`{$sum: [...]}`) use as well. */
export interface ValueAccumulator {
  add(value: Value): void;
  result(): Value;
  readonly heldBytes: number;
}

/** `{<name>: <expression>}`: evaluates the expression and gives its values to what `create` makes. */
export function overValues(create: (environment: QueryEnvironment, name: string) => ValueAccumulator): AccumulatorCompiler {
  return (argument, context, name) => {
    const input = context.compile(singleOperand(argument, name));
    return { operands: [input], start: () => feeding(input, create(context.environment, name)) };
  };
}

/** A state that evaluates `input` and hands on its values. */
export function feeding(input: Expression, state: ValueAccumulator): Accumulator {
  return {
    add: (scope) => state.add(input.evaluate(scope)),
    result: () => state.result(),
    get heldBytes() {
      return state.heldBytes;
    },
  };
}

/** `[x]` is short for `x`; any other array is refused (40237). */
function singleOperand(argument: RawValue, name: string): RawValue {
  if (argument.type !== BsonType.array) return argument;
  const operands = arrayValues(argument);
  if (operands.length !== 1) throw new CommandError(40237, `The ${name} accumulator is a unary operator`);
  return operands[0]!;
}

/** An accumulator that takes a document of arguments refuses an array as the unary ones do. */
export function refuseArray(argument: RawValue, name: string): void {
  if (argument.type === BsonType.array) throw new CommandError(40237, `The ${name} accumulator is a unary operator`);
}

/** The value in bytes of its own where it would otherwise keep a much larger document alive. */
export function retained(value: RawValue): RawValue {
  const length = value.end - value.start;
  if (value.bytes.length <= length + 64) return value;
  return new RawValue(value.type, Buffer.from(value.slice()), 0, length);
}

/** What a retained value costs. */
export function retainedBytes(value: Value): number {
  return value === undefined ? 0 : value.end - value.start + 64;
}
