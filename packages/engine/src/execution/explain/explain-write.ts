// `explain` of update, delete and findAndModify: how the documents are found. Nothing is changed.
import type { RawDocument } from '../../bson/raw-value.js';
import type { ExplainVerbosity } from '../../dispatch/command.js';
import type { CommandContext } from '../../dispatch/context.js';
import type { Update } from '../../query/update/update.js';
import { planRead, type ReadQuery } from '../reads/read-query.js';
import { planWrite } from '../writes/match-records.js';
import { writeTarget } from '../writes/write-target.js';
import { explainPlan } from './explain-plan.js';

export interface ExplainedWrite {
  readonly collection: string;
  readonly stage: 'UPDATE' | 'DELETE';
  readonly query: ReadQuery;
  readonly update: Update | undefined;
  readonly upsert: boolean;
}

export function explainWrite(context: CommandContext, write: ExplainedWrite, verbosity: ExplainVerbosity): Promise<RawDocument> {
  const { collection, query, stage } = write;
  context.read((unit) => writeTarget(unit, context.database, collection));
  return explainPlan(context, {
    collection, query,
    filter: query.filter,
    plan: (unit, entry) => ({ winning: planWrite(unit, entry, query), rejected: planRead(unit, entry, query).rejected }),
    wrapper: stage,
  }, verbosity);
}
