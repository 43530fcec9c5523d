// $limit and $skip. Source: the manual's pages of the same names.
import { toInt64Exact } from './whole-number.js';
import { CommandError } from '../../errors.js';
import type { RawValue } from '../../bson/raw-value.js';
import type { Stage } from '../stage.js';
import { streamStage } from './lazy.js';

export function compileLimit(specification: RawValue): Stage {
  const limit = toInt64Exact(specification, 5107201, 'invalid argument to $limit stage: ');
  if (limit === 0) throw new CommandError(15958, 'the limit must be positive');
  return streamStage('$limit', (input) => take(input, limit), { limit });
}

export function compileSkip(specification: RawValue): Stage {
  const skip = toInt64Exact(specification, 5107200, 'invalid argument to $skip stage: ');
  return streamStage('$skip', (input) => drop(input, skip), { skip });
}

/** At most so many, and not one more is asked for. */
export function* take<T>(input: Iterable<T>, limit: number): Generator<T> {
  let remaining = limit;
  for (const item of input) {
    yield item;
    remaining -= 1;
    if (remaining <= 0) return;
  }
}

function* drop<T>(input: Iterable<T>, count: number): Generator<T> {
  let remaining = count;
  for (const item of input) {
    if (remaining > 0) remaining -= 1;
    else yield item;
  }
}
