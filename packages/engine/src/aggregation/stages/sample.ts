// $sample: so many documents at random. Source: the manual's page "$sample (aggregation)".
import { BsonType, isNumericType } from '../../bson/types.js';
import { asDouble } from '../../bson/conversion.js';
import { elements } from '../../bson/reader.js';
import type { RawDocument, RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { pause, type Stage, type StageContext } from '../stage.js';
import { streamStage } from './lazy.js';
import { stageBudget } from './memory-budget.js';
import type { StageCompileContext } from './stage-compiler.js';

export function compileSample(specification: RawValue, context: StageCompileContext): Stage {
  const size = sampleSize(specification);
  return streamStage('$sample', (input, run) => draw(input, size, context.environment.random, run), { passesPauses: true });
}

function sampleSize(specification: RawValue): number {
  if (specification.type !== BsonType.object) throw new CommandError(28745, 'the $sample stage specification must be an object');
  let size: number | undefined;
  for (const [option, value] of elements(specification)) {
    if (option !== 'size') throw new CommandError(28748, `unrecognized option to $sample: ${option}`);
    if (!isNumericType(value.type)) throw new CommandError(28746, 'size argument to $sample must be a number');
    size = Math.trunc(asDouble(value));
    if (!(size > 0)) throw new CommandError(28747, 'size argument to $sample must be a positive integer');
  }
  if (size === undefined) throw new CommandError(28749, '$sample stage must specify a size');
  return size;
}

/** Algorithm R: each document is kept with the same chance, in one pass; then the kept ones are put into a random order. */
function* draw(input: Iterable<RawDocument>, size: number, random: () => number, run: StageContext): Generator<RawDocument> {
  const budget = stageBudget('$sample', run);
  const kept: RawDocument[] = [];
  let seen = 0;
  try {
    for (const document of input) {
      if (document === pause) {
        yield pause;
        continue;
      }
      seen += 1;
      if (kept.length < size) {
        budget.add(document.length);
        kept.push(document);
        continue;
      }
      const place = Math.floor(random() * seen);
      const replaced = kept[place];
      if (replaced === undefined) continue;
      budget.add(document.length - replaced.length);
      kept[place] = document;
    }
    for (let last = kept.length - 1; last >= 0; last -= 1) {
      const chosen = Math.floor(random() * (last + 1));
      yield kept[chosen]!;
      kept[chosen] = kept[last]!;
    }
  } finally {
    budget.close();
  }
}
