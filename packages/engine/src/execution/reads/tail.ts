// Tailable cursors on capped collections: a scan that goes on with what is added later.
// Source: the manual's page "Tailable Cursors".
import { CommandError } from '../../errors.js';
import type { ReadUnit } from '../../storage/units.js';
import { isCapped } from '../catalog/statistics.js';
import type { DocumentSource, NextDocument } from '../document-source.js';
import type { PlanNode } from '../plan.js';
import { PlanRun } from '../plan-run.js';
import { recheckFilter } from '../planner.js';
import { finished, type ExecutionStage } from '../stages/stage.js';
import type { FindRequest } from './find.js';
import { boundedByTime } from './oplog-bounds.js';
import { shaped } from './read-query.js';

/** Throws where the collection is not capped or the query is none that can be tailed. */
export function requireCapped(unit: ReadUnit, database: string, { collection, query }: FindRequest): void {
  const entry = unit.collection(database, collection);
  if (entry !== undefined && !isCapped(entry)) {
    throw new CommandError('BadValue', `error processing query: ns=${database}.${collection} tailable cursor requested on non capped collection`);
  }
  if (query.sort !== undefined) throw new CommandError('FailedToParse', 'Cannot use tailable option with a sort other than {$natural: 1}');
}

export class TailingSource implements DocumentSource {
  private readonly run: PlanRun | undefined;
  /** The scan begins behind a place in the collection, whether or not anything comes after it. */
  private readonly hasPlace: boolean;

  constructor(unit: ReadUnit, database: string, { collection, query }: FindRequest) {
    const entry = unit.collection(database, collection);
    const whole: PlanNode = { stage: 'COLLSCAN', direction: 'forward', filter: recheckFilter(query.matcher) };
    const scan = entry === undefined ? whole : boundedByTime(whole, entry, query.matcher);
    this.hasPlace = scan.stage === 'COLLSCAN' && scan.after !== undefined;
    this.run = entry === undefined ? undefined : new PlanRun(shaped(scan, query), entry);
  }

  /** Where nothing has been read there is no place to go on from: the cursor is dead, as the manual calls it. */
  get isExhausted(): boolean {
    return !this.hasPlace && (this.run === undefined || !hasRead(this.run.root));
  }

  attach(unit: ReadUnit): void {
    if (this.run === undefined) return;
    reopen(this.run.root);
    this.run.attach(unit);
  }

  detach(): void {
    this.run?.detach();
  }

  next(): NextDocument {
    return this.run?.next() ?? finished;
  }
}

function hasRead(stage: ExecutionStage): boolean {
  return stage.counters.docsExamined > 0 || stage.inputs.some(hasRead);
}

/** Makes every stage forget that it came to its end. */
function reopen(stage: ExecutionStage): void {
  stage.counters.isFinished = false;
  stage.inputs.forEach(reopen);
}
