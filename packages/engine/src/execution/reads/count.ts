// Counting: from the collection's own count where the filter is empty, from index keys where they suffice, else by reading.
// Source: the manual's page "count (database command)".
import type { RawDocument } from '../../bson/raw-value.js';
import { emptyDocument } from '../../bson/writer.js';
import type { ExplainVerbosity } from '../../dispatch/command.js';
import type { CommandContext } from '../../dispatch/context.js';
import type { ReadUnit } from '../../storage/units.js';
import { runInSlices } from '../document-source.js';
import { explainPlan } from '../explain/explain-plan.js';
import { PlanRun } from '../plan-run.js';
import { recheckFilter } from '../planner.js';
import { finished, needTime } from '../stages/stage.js';
import { findAsPipeline } from './find.js';
import { PipelineRun } from './pipeline-run.js';
import { planReadCount, type ReadOptions, type ReadQuery } from './read-query.js';
import { pipelineHost } from './run-pipeline.js';
import { resolveNamespace } from './views.js';

export interface CountRequest {
  readonly collection: string;
  readonly options: ReadOptions;
  readonly query: ReadQuery;
}

function withinBounds(total: number, { skip, limit }: ReadQuery): number {
  const rest = Math.max(0, total - skip);
  return limit === undefined ? rest : Math.min(rest, limit);
}

/** What can be said without reading: undefined where documents or keys must be looked at. */
function knownCount(unit: ReadUnit, context: CommandContext, { collection, query }: CountRequest): number | undefined {
  const entry = unit.collection(context.database, collection);
  if (entry === undefined) return 0;
  if (entry.kind === 'view' || recheckFilter(query.matcher) !== undefined || query.hint !== undefined) return undefined;
  return withinBounds(unit.counts(entry).documents, query);
}

type Counting = { readonly run: PlanRun } | { readonly pipeline: PipelineRun };

function prepareCounting(unit: ReadUnit, context: CommandContext, { collection, options, query }: CountRequest): Counting {
  const resolved = resolveNamespace(unit, context.database, collection);
  if (!resolved.isView && resolved.collection !== undefined) {
    return { run: new PlanRun(planReadCount(unit, resolved.collection, query).winning, resolved.collection) };
  }
  const host = pipelineHost(context, collection);
  const { environment } = query;
  return { pipeline: new PipelineRun({ database: context.database, collection, stages: findAsPipeline(options), environment, allowDiskUse: false, host }) };
}

/** How many documents `count` finds, `skip` and `limit` applied. */
export async function countDocuments(context: CommandContext, request: CountRequest): Promise<number> {
  const known = context.read((unit) => knownCount(unit, context, request));
  if (known !== undefined) return known;
  let counting: Counting | undefined;
  let count = 0;
  const source = {
    attach: (unit: ReadUnit): void => {
      counting ??= prepareCounting(unit, context, request);
      ('run' in counting ? counting.run : counting.pipeline).attach(unit);
    },
    detach: (): void => {
      if (counting !== undefined) ('run' in counting ? counting.run : counting.pipeline).detach();
    },
  };
  await runInSlices(context, source, () => {
    const next = 'run' in counting! ? counting.run.work() : counting!.pipeline.next();
    if (next === finished) return true;
    if (next !== needTime) count += 1;
    return false;
  });
  return count;
}

export function explainCount(context: CommandContext, request: CountRequest, verbosity: ExplainVerbosity): Promise<RawDocument> {
  return explainPlan(context, {
    collection: request.collection,
    filter: request.options.filter ?? emptyDocument,
    query: request.query,
    plan: (unit, collection) => planReadCount(unit, collection, request.query),
    wrapper: 'COUNT',
  }, verbosity);
}
