// $sort; with a $limit behind it only the best so many are kept. Source: the manual's page "$sort (aggregation)".
import { BsonType } from '../../bson/types.js';
import { isEmptyDocument } from '../../bson/reader.js';
import type { RawDocument, RawValue } from '../../bson/raw-value.js';
import { compileSort, type SortOrder } from '../../query/sort.js';
import { CommandError } from '../../errors.js';
import { breather } from '../external-sort.js';
import { LimitedSort } from '../limited-sort.js';
import { pause, type Stage, type StageContext } from '../stage.js';
import { iterate, pausing, streamStage } from './lazy.js';
import { sortBudget, spillsOf } from './memory-budget.js';
import type { StageCompileContext } from './stage-compiler.js';

export function compileSortStage(specification: RawValue, context: StageCompileContext): Stage {
  if (specification.type !== BsonType.object) throw new CommandError(15973, 'the $sort key specification must be an object');
  if (isEmptyDocument(specification)) throw new CommandError(15976, '$sort stage must have at least one sort key');
  const order = compileSort(specification.document(), context.environment);
  return streamStage('$sort', (input, run) => sortRows(input, order, undefined, run), {
    passesPauses: true,
    reads: { paths: order.fields.map(({ path }) => path), replacesDocuments: false },
    withLimit: (limit) => streamStage('$sort', (input, run) => sortRows(input, order, limit, run), { passesPauses: true }),
  });
}

type SortKey = ReturnType<SortOrder['keyOf']>;

interface Entry {
  readonly key: SortKey;
  readonly document: RawDocument;
}

const entryOverheadBytes = 100;

/** Sorts the input, all of it or the first so many; stable. */
function* sortRows(input: Iterable<RawDocument>, order: SortOrder, limit: number | undefined, run: StageContext): Generator<RawDocument> {
  const compare = (a: Entry, b: Entry): number => order.compareKeys(a.key, b.key);
  const sort = new LimitedSort<Entry>(compare, limit, {
    room: sortBudget(run),
    disk: spillsOf(run),
    bytesOf: ({ document }) => document.length + entryOverheadBytes,
    encode: ({ document }) => document,
    decode: (document) => ({ key: order.keyOf(document), document }),
  });
  try {
    for (const document of input) {
      if (document === pause) yield pause;
      else if (sort.add({ key: order.keyOf(document), document })) yield* pausing(sort.spill(), run);
    }
    for (const entry of iterate(sort.sorted())) {
      if (entry !== breather) yield entry.document;
      else if (run.pauses === true) yield pause;
    }
  } finally {
    sort.close();
  }
}
