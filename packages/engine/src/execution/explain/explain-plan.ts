// `explain` of what one plan answers: find, count, distinct, and the search of update and delete.
// Source: the manual's "Explain Results".
import type { RawDocument } from '../../bson/raw-value.js';
import { documentValue } from '../../bson/raw-value.js';
import { getDocumentField } from '../../bson/reader.js';
import { BsonType } from '../../bson/types.js';
import { DocumentWriter } from '../../bson/writer.js';
import type { ExplainVerbosity } from '../../dispatch/command.js';
import type { CommandContext } from '../../dispatch/context.js';
import { serverVersion } from '../../dispatch/server-state.js';
import type { CollectionEntry, ReadUnit } from '../../storage/units.js';
import { runInSlices } from '../document-source.js';
import { PlanRun } from '../plan-run.js';
import type { PlannedQuery } from '../planner.js';
import type { ReadQuery } from '../reads/read-query.js';
import type { ExecutionStage } from '../stages/stage.js';
import { finished } from '../stages/stage.js';
import { printFilter } from './filter-printing.js';
import { shapeHashes } from './query-shape.js';
import { examinedTotals, printPlan, writeExecuted } from './stage-printing.js';
import { buildStage } from '../stages/build-stage.js';
import { trialRuns, type TrialRun } from './trial-runs.js';

export interface ExplainedPlan {
  readonly collection: string;
  readonly filter: RawDocument;
  readonly query: ReadQuery;
  readonly plan: (unit: ReadUnit, collection: CollectionEntry | undefined) => PlannedQuery;
  /** A stage on top of the plan's own. */
  readonly wrapper: 'COUNT' | 'UPDATE' | 'DELETE' | undefined;
}

export interface ExecutedPlan {
  readonly planned: PlannedQuery;
  readonly root: ExecutionStage;
  readonly returned: number;
  readonly duration_ms: number;
  /** Of all plans, where they were asked for. */
  readonly trials: readonly TrialRun[];
}

/** Plans and, where asked for, runs the plan to its end. */
async function execute(context: CommandContext, { collection, plan, query }: ExplainedPlan, verbosity: ExplainVerbosity): Promise<ExecutedPlan> {
  const { entry, planned } = context.read((unit) => {
    const found = unit.collection(context.database, collection);
    return { entry: found, planned: plan(unit, found) };
  });
  if (verbosity === 'queryPlanner' || entry === undefined) return { planned, root: buildStage(planned.winning), returned: 0, duration_ms: 0, trials: [] };
  const run = new PlanRun(planned.winning, entry, { memory: context.services.workingMemory, allowDiskUse: query.allowDiskUse });
  const started_ms = performance.now();
  await runInSlices(context, run, () => run.work() === finished);
  const duration_ms = Math.round(performance.now() - started_ms);
  const trials = await trialRuns(context, entry, planned, verbosity, query.allowDiskUse);
  return { planned, root: run.root, returned: run.root.counters.advanced, duration_ms, trials };
}

export function writeQueryPlanner(writer: DocumentWriter, context: CommandContext, explained: Pick<ExplainedPlan, 'collection' | 'query' | 'wrapper'>, planned: PlannedQuery): void {
  const { query, collection, wrapper } = explained;
  const entry = context.read((unit) => unit.collection(context.database, collection));
  const { shape, key } = shapeHashes(query, entry);
  const hasIndexFilter = entry !== undefined && query.indexFilters?.of(entry, query) !== undefined;
  writer.openDocument('queryPlanner').string('namespace', `${context.database}.${collection}`)
    .document('parsedQuery', printFilter(query.matcher.node)).boolean('indexFilterSet', hasIndexFilter)
    .string('queryHash', shape).string('planCacheShapeHash', shape).string('planCacheKey', key).int32('optimizationTimeMillis', 0)
    .boolean('maxIndexedOrSolutionsReached', false).boolean('maxIndexedAndSolutionsReached', false)
    .boolean('maxScansToExplodeReached', false).boolean('prunedSimilarIndexes', false);
  writer.openDocument('winningPlan').boolean('isCached', false);
  const plan = printPlan(planned.winning);
  if (wrapper === undefined) writer.appendElements(plan, 4, plan.length - 1);
  else writer.string('stage', wrapper).document('inputStage', plan);
  writer.close().openArray('rejectedPlans');
  planned.rejected().forEach((rejected, position) => {
    const printed = printPlan(rejected);
    writer.openDocument(String(position)).boolean('isCached', false).appendElements(printed, 4, printed.length - 1).close();
  });
  writer.close().close();
}

export function writeExecutionStats(writer: DocumentWriter, executed: ExecutedPlan, wrapper: ExplainedPlan['wrapper'], verbosity: ExplainVerbosity): void {
  const { keys, documents } = examinedTotals(executed.root);
  const returned = wrapper === undefined ? executed.returned : 0;
  writer.openDocument('executionStats').boolean('executionSuccess', true).int32('nReturned', returned)
    .int32('executionTimeMillis', executed.duration_ms).int32('totalKeysExamined', keys).int32('totalDocsExamined', documents)
    .openDocument('executionStages');
  if (wrapper === undefined) {
    writeExecuted(writer, executed.root);
  } else {
    writer.string('stage', wrapper).int32('nReturned', 0).int32('executionTimeMillisEstimate', 0);
    if (wrapper === 'COUNT') writer.int32('nCounted', executed.returned);
    if (wrapper === 'UPDATE') writer.int32('nMatched', executed.returned).int32('nWouldModify', executed.returned).int32('nWouldUpsert', 0);
    if (wrapper === 'DELETE') writer.int32('nWouldDelete', executed.returned);
    writer.openDocument('inputStage');
    writeExecuted(writer, executed.root);
    writer.close();
  }
  writer.close();
  if (verbosity === 'allPlansExecution') writeTrials(writer, executed.trials);
  writer.close();
}

function writeTrials(writer: DocumentWriter, trials: readonly TrialRun[]): void {
  writer.openArray('allPlansExecution');
  trials.forEach(({ root, duration_ms }, position) => {
    const { keys, documents } = examinedTotals(root);
    writer.openDocument(String(position)).int32('nReturned', root.counters.advanced).int32('executionTimeMillisEstimate', duration_ms)
      .int32('totalKeysExamined', keys).int32('totalDocsExamined', documents).openDocument('executionStages');
    writeExecuted(writer, root);
    writer.close().close();
  });
  writer.close();
}

/** The command that was explained, and the server: what every explanation ends with. */
export function finishExplain(writer: DocumentWriter, context: CommandContext): RawDocument {
  const { server } = context.services;
  const explained = getDocumentField(context.body, 'explain');
  return writer.append('command', explained?.type === BsonType.object ? explained : documentValue(context.body))
    .openDocument('serverInfo').string('host', server.host).int32('port', server.port).string('version', serverVersion).string('gitVersion', 'freehold').close()
    .openDocument('serverParameters').int32('internalQueryMaxBlockingSortMemoryUsageBytes', 104_857_600).close()
    .double('ok', 1).finish();
}

export async function explainPlan(context: CommandContext, explained: ExplainedPlan, verbosity: ExplainVerbosity): Promise<RawDocument> {
  const executed = await execute(context, explained, verbosity);
  const writer = new DocumentWriter().string('explainVersion', '1');
  writeQueryPlanner(writer, context, explained, executed.planned);
  if (verbosity !== 'queryPlanner') writeExecutionStats(writer, executed, explained.wrapper, verbosity);
  return finishExplain(writer, context);
}
