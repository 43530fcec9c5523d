// $limit and $skip. Source: the manual's pages of the same names.
import { toInt64Exact } from './whole-number.js';
import { CommandError } from '../../errors.js';
import type { RawDocument, RawValue } from '../../bson/raw-value.js';
import { pause, type Stage, type StageReads } from '../stage.js';
import { streamStage } from './lazy.js';

const passesDocuments: StageReads = { paths: [], replacesDocuments: false };

export function compileLimit(specification: RawValue): Stage {
  const limit = toInt64Exact(specification, 5107201, 'invalid argument to $limit stage: ');
  if (limit === 0) throw new CommandError(15958, 'the limit must be positive');
  return streamStage('$limit', (input) => takeDocuments(input, limit), { limit, passesPauses: true, reads: passesDocuments });
}

export function compileSkip(specification: RawValue): Stage {
  const skip = toInt64Exact(specification, 5107200, 'invalid argument to $skip stage: ');
  return streamStage('$skip', (input) => dropDocuments(input, skip), { skip, passesPauses: true, reads: passesDocuments });
}

/** At most so many, and not one more is asked for. */
function* takeDocuments(input: Iterable<RawDocument>, limit: number): Generator<RawDocument> {
  let remaining = limit;
  for (const document of input) {
    yield document;
    if (document !== pause) remaining -= 1;
    if (remaining <= 0) return;
  }
}

function* dropDocuments(input: Iterable<RawDocument>, count: number): Generator<RawDocument> {
  let remaining = count;
  for (const document of input) {
    if (document === pause || remaining <= 0) yield document;
    else remaining -= 1;
  }
}
