// $rank, $denseRank, $documentNumber, $shift: by position in the partition's order. Source: the manual's pages of these names.
import { wholeNumber } from '../../bson/integers.js';
import { BsonType } from '../../bson/types.js';
import { elements, isEmptyDocument } from '../../bson/reader.js';
import { int32Value, nullValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import type { WindowCompiler, WindowContext, WindowFunction } from './partition.js';

function ranking(rank: WindowFunction): WindowCompiler {
  return (argument, window, context, name) => {
    if (argument.type !== BsonType.object || !isEmptyDocument(argument)) {
      throw new CommandError(5371603, `${name} must be specified with '{}' as the value`);
    }
    if (window !== undefined) throw new CommandError(5371601, "Rank style window functions take no other arguments");
    requireOneSortField(context, name);
    return rank;
  };
}

function requireOneSortField({ order }: WindowContext, name: string): void {
  if (order?.onlyFieldNames === undefined) {
    throw new CommandError(5371602, `${name} must be specified with a top level sortBy expression with exactly one element`);
  }
}

export const documentNumber = ranking(() => (index) => int32Value(index + 1));

/** Equal documents share a rank; the next rank counts them all. */
export const rank = ranking((partition) => {
  let current = 0;
  return (index) => {
    if (index === 0 || !partition.isPeer(index - 1, index)) current = index + 1;
    return int32Value(current);
  };
});

/** Equal documents share a rank; the next rank is one higher. */
export const denseRank = ranking((partition) => {
  let current = 0;
  return (index) => {
    if (index === 0 || !partition.isPeer(index - 1, index)) current += 1;
    return int32Value(current);
  };
});

const failed = (message: string): CommandError => new CommandError('FailedToParse', message);

/** The value of the document so many places further on; the default where there is no such document, or no such value in it. */
export const shift: WindowCompiler = (argument, window, context) => {
  if (window !== undefined) throw failed("$shift does not accept a 'window' field");
  if (context.order === undefined) throw failed("'$shift' requires a sortBy");
  const given = shiftArguments(argument);
  const output = context.expressions.compile(given.get('output')!);
  const by = wholeNumber(given.get('by')!);
  if (by === undefined) throw failed("'$shift:by' field must be an integer");
  const fallback = defaultOf(given.get('default'), context);
  return (partition) => (index) => {
    const scope = partition.scopes[index + by];
    return (scope === undefined ? undefined : output.evaluate(scope)) ?? fallback;
  };
};

function shiftArguments(argument: RawValue): ReadonlyMap<string, RawValue> {
  if (argument.type !== BsonType.object) throw failed("Argument to $shift must be an object");
  const given = new Map(elements(argument));
  for (const field of given.keys()) {
    if (!['output', 'by', 'default'].includes(field)) throw failed(`Unknown argument in $shift: ${field}`);
  }
  if (!given.has('output')) throw failed("$shift requires an 'output' expression.");
  if (!given.has('by')) throw failed("$shift requires 'by' as an integer value.");
  return given;
}

function defaultOf(value: RawValue | undefined, { expressions }: WindowContext): RawValue {
  if (value === undefined) return nullValue;
  const { constant } = expressions.compile(value);
  if (constant === undefined) throw failed("'$shift:default' expression must yield a constant value.");
  return constant;
}
