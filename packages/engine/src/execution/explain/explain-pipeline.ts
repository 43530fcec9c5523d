// `explain` of aggregate: the plan that feeds the pipeline as `$cursor`, then the stages as they were written.
import { documentValue, type RawDocument } from '../../bson/raw-value.js';
import { documentOf, objectValue } from '../../bson/values.js';
import { DocumentWriter } from '../../bson/writer.js';
import type { ExplainVerbosity } from '../../dispatch/command.js';
import type { CommandContext } from '../../dispatch/context.js';
import { PipelineRun, planPipeline, type PipelineRequest, type PlannedPipeline } from '../reads/pipeline-run.js';
import { compileRead } from '../reads/read-query.js';
import { pipelineHost } from '../reads/run-pipeline.js';
import { resolveNamespace } from '../reads/views.js';
import { runInSlices } from '../document-source.js';
import { finished } from '../stages/stage.js';
import { trialRuns } from './trial-runs.js';
import { type ExecutedPlan, finishExplain, writeExecutionStats, writeQueryPlanner } from './explain-plan.js';

export type ExplainedPipeline = Pick<PipelineRequest, 'collection' | 'stages' | 'environment' | 'allowDiskUse' | 'hint'>;

interface Explained {
  readonly planned: PlannedPipeline;
  readonly collection: string;
}

async function run(context: CommandContext, request: PipelineRequest, { planned, collection: name }: Explained, verbosity: ExplainVerbosity): Promise<ExecutedPlan | undefined> {
  if (planned.run === undefined || planned.planned === undefined) return undefined;
  const started_ms = performance.now();
  const pipeline = new PipelineRun(request, planned);
  await runInSlices(context, pipeline, () => pipeline.next() === finished);
  const { root } = planned.run;
  const duration_ms = Math.round(performance.now() - started_ms);
  const collection = context.read((unit) => unit.collection(context.database, name));
  const trials = collection === undefined ? [] : await trialRuns(context, collection, planned.planned, verbosity, request.allowDiskUse);
  return { planned: planned.planned, root, returned: root.counters.advanced, duration_ms, trials };
}

function writeCursorStage(writer: DocumentWriter, context: CommandContext, explained: Explained, executed: ExecutedPlan | undefined, request: PipelineRequest, verbosity: ExplainVerbosity): void {
  const { planned, collection } = explained;
  const query = compileRead({ filter: planned.pipeline.leadingMatch, sort: planned.pipeline.leadingSort, indexFilters: request.host.indexFilters }, request.environment);
  if (planned.planned !== undefined) writeQueryPlanner(writer, context, { collection, query, wrapper: undefined }, planned.planned);
  if (executed !== undefined) writeExecutionStats(writer, executed, undefined, verbosity);
}

export async function explainPipeline(context: CommandContext, explainedPipeline: ExplainedPipeline, verbosity: ExplainVerbosity): Promise<RawDocument> {
  const request: PipelineRequest = { ...explainedPipeline, database: context.database, host: pipelineHost(context, explainedPipeline.collection) };
  const explained = context.read((unit): Explained => {
    const resolved = request.collection === undefined ? undefined : resolveNamespace(unit, context.database, request.collection);
    return { planned: planPipeline(unit, request), collection: resolved?.name ?? '' };
  });
  const { planned } = explained;
  const executed = verbosity === 'queryPlanner' || planned.pipeline.write !== undefined ? undefined : await run(context, request, explained, verbosity);
  const writer = new DocumentWriter().string('explainVersion', '1');
  const rest = remainingStages(planned);
  if (rest.length === 0 && planned.planned !== undefined) {
    // Nothing is left for the pipeline: MongoDB then shows the plan alone.
    writeCursorStage(writer, context, explained, executed, request, verbosity);
    return finishExplain(writer, context);
  }
  writer.openArray('stages');
  let position = 0;
  if (planned.planned !== undefined) {
    writer.openDocument('0').openDocument('$cursor');
    writeCursorStage(writer, context, explained, executed, request, verbosity);
    writer.close().close();
    position = 1;
  }
  for (const stage of rest) {
    writer.document(String(position), stage);
    position += 1;
  }
  writer.close();
  return finishExplain(writer, context);
}

/** The stages that the plan leaves to the pipeline, as they were written. */
function remainingStages({ applied, pipeline, planned }: PlannedPipeline): RawDocument[] {
  let first = 0;
  if (planned !== undefined && applied.match) while (pipeline.stages[first]?.name === '$match') first += 1;
  if (planned !== undefined && applied.sort && pipeline.leadingSort !== undefined) first += 1;
  const { write } = pipeline;
  const stages = pipeline.stages.slice(first).map(({ name, specification }) => documentOf([[name, specification ?? objectValue([])]]));
  return write === undefined ? stages : [...stages, documentOf([[write.kind, documentValue(write.specification)]])];
}
