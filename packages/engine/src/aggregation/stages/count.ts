// $count. Source: the manual's page "$count (aggregation)".
import { BsonType } from '../../bson/types.js';
import { documentOf, int32Value, int64Value } from '../../bson/values.js';
import type { RawDocument, RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { pause, type Stage } from '../stage.js';
import { streamStage } from './lazy.js';

export function compileCount(specification: RawValue): Stage {
  const name = countField(specification);
  const ofCount = (count: number): RawDocument | undefined => (count > 0 ? documentOf([[name, countValue(count)]]) : undefined);
  return streamStage('$count', (input) => countAll(input, ofCount), { passesPauses: true, ofCount, reads: { paths: [], replacesDocuments: true } });
}

function countField(specification: RawValue): string {
  if (specification.type !== BsonType.string) throw new CommandError(40156, 'the count field must be a non-empty string');
  const name = specification.string();
  if (name === '') throw new CommandError(40157, 'the count field must be a non-empty string');
  if (name.startsWith('$')) throw new CommandError(40158, 'the count field cannot be a $-prefixed path');
  if (name.includes('\0')) throw new CommandError(40159, 'the count field cannot contain a null byte');
  if (name.includes('.')) throw new CommandError(40160, "the count field cannot contain '.'");
  if (name === '_id') throw new CommandError(9039800, "the count field cannot be '_id'");
  return name;
}

function* countAll(input: Iterable<RawDocument>, ofCount: (count: number) => RawDocument | undefined): Generator<RawDocument> {
  let count = 0;
  for (const document of input) {
    if (document === pause) yield pause;
    else count += 1;
  }
  const result = ofCount(count);
  if (result !== undefined) yield result;
}

/** A number of documents as `$count` and `{$sum: 1}` give it. */
export function countValue(count: number): RawValue {
  return count < 2 ** 31 ? int32Value(count) : int64Value(BigInt(count));
}
