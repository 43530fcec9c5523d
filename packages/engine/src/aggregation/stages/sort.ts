// $sort; with a $limit behind it only the best so many are kept. Source: the manual's page "$sort (aggregation)".
import { BsonType } from '../../bson/types.js';
import { isEmptyDocument } from '../../bson/reader.js';
import type { RawDocument, RawValue } from '../../bson/raw-value.js';
import { compileSort, type SortOrder } from '../../query/sort.js';
import { CommandError } from '../../errors.js';
import { BoundedOrder } from '../accumulators/bounded-order.js';
import { pause, type Stage, type StageContext } from '../stage.js';
import { streamStage } from './lazy.js';
import { sortBudget } from './memory-budget.js';
import type { StageCompileContext } from './stage-compiler.js';

export function compileSortStage(specification: RawValue, context: StageCompileContext): Stage {
  if (specification.type !== BsonType.object) throw new CommandError(15973, 'the $sort key specification must be an object');
  if (isEmptyDocument(specification)) throw new CommandError(15976, '$sort stage must have at least one sort key');
  const order = compileSort(specification.document(), context.environment);
  return streamStage('$sort', (input, run) => sortAll(input, order, run), {
    passesPauses: true,
    withLimit: (limit) => streamStage('$sort', (input, run) => sortBest(input, order, limit, run), { passesPauses: true }),
  });
}

type SortKey = ReturnType<SortOrder['keyOf']>;

interface Entry {
  readonly key: SortKey;
  readonly document: RawDocument;
}

/** Sorts all of the input; stable. */
export function* sortAll(input: Iterable<RawDocument>, order: SortOrder, run: StageContext): Generator<RawDocument> {
  const budget = sortBudget(run);
  const entries: Entry[] = [];
  for (const document of input) {
    if (document === pause) {
      yield pause;
      continue;
    }
    budget.add(document.length + entryOverheadBytes);
    entries.push({ key: order.keyOf(document), document });
  }
  entries.sort((a, b) => order.compareKeys(a.key, b.key));
  for (const { document } of entries) yield document;
}

const entryOverheadBytes = 100;

function* sortBest(input: Iterable<RawDocument>, order: SortOrder, limit: number, run: StageContext): Generator<RawDocument> {
  const budget = sortBudget(run);
  const best = new BoundedOrder<Entry>(limit, (a, b) => order.compareKeys(a.key, b.key));
  for (const document of input) {
    if (document === pause) {
      yield pause;
      continue;
    }
    const dropped = best.add({ key: order.keyOf(document), document });
    budget.add(document.length + entryOverheadBytes);
    if (dropped !== undefined) budget.release(dropped.document.length + entryOverheadBytes);
  }
  for (const { document } of best.sorted()) yield document;
}
