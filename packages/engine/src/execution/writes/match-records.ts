// Finds the records that an update or delete is about. Within a unit of writing only so much is searched; what is larger is
// searched beforehand in slices, and then written in several units that look at each record again.
import { documentValue, type RawDocument } from '../../bson/raw-value.js';
import type { CommandContext } from '../../dispatch/context.js';
import type { CollectionEntry, ReadUnit, RecordId } from '../../storage/units.js';
import { runInSlices } from '../document-source.js';
import { PlanRun } from '../plan-run.js';
import type { PlanNode } from '../plan.js';
import type { WriteNamespace } from './write-target.js';
import { planRead, type ReadQuery } from '../reads/read-query.js';
import { finished, needTime } from '../stages/stage.js';

/** What one unit of writing may search and find. */
const maxWorksPerUnit = 20_000;
export const maxRecordsPerUnit = 1000;

export interface MatchedRecord {
  readonly recordId: RecordId;
  readonly document: RawDocument;
}

/** The plan of a write: express look-ups go by their older name there. */
export function planWrite(unit: ReadUnit, collection: CollectionEntry | undefined, query: ReadQuery): PlanNode {
  const { winning } = planRead(unit, collection, query);
  return winning.stage === 'EXPRESS_IXSCAN' ? { ...winning, stage: 'IDHACK' } : winning;
}

/** Every matching record, or undefined where that is too much for one unit (never where `isBounded` is false). */
export function matchInUnit(unit: ReadUnit, collection: CollectionEntry, query: ReadQuery, isBounded: boolean): MatchedRecord[] | undefined {
  const run = new PlanRun(planRead(unit, collection, query).winning, collection);
  const matched: MatchedRecord[] = [];
  run.attach(unit);
  try {
    for (let works = 0; ; works += 1) {
      if (isBounded && (works > maxWorksPerUnit || matched.length > maxRecordsPerUnit)) return undefined;
      const row = run.work();
      if (row === finished) return matched;
      if (row !== needTime && row.document !== undefined) matched.push({ recordId: row.recordId, document: row.document });
    }
  } finally {
    run.detach();
  }
}

/** Ids of all matching records, searched in slices between which other commands run. */
export async function matchInSlices(context: CommandContext, { database, collection: name }: WriteNamespace, query: ReadQuery): Promise<RecordId[]> {
  const recordIds: RecordId[] = [];
  let run: PlanRun | undefined;
  const source = {
    attach: (unit: ReadUnit): void => {
      const collection = unit.collection(database, name);
      if (run === undefined && collection !== undefined) run = new PlanRun(planRead(unit, collection, query).winning, collection);
      run?.attach(unit);
    },
    detach: (): void => run?.detach(),
  };
  await runInSlices(context, source, () => {
    const row = run?.work() ?? finished;
    if (row !== finished && row !== needTime) recordIds.push(row.recordId);
    return row === finished;
  });
  return recordIds;
}

/** The record as it is now, if it still matches. */
export function rematch(unit: ReadUnit, collection: CollectionEntry, recordId: RecordId, query: ReadQuery): MatchedRecord | undefined {
  const document = unit.record(collection, recordId);
  return document !== undefined && query.matcher.matches(documentValue(document)) ? { recordId, document } : undefined;
}
