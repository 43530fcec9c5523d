// `explain` of aggregate: the plan that feeds the pipeline as `$cursor`, then the stages as they were written.
import { documentValue, type RawDocument } from '../../bson/raw-value.js';
import { documentOf, objectValue } from '../../bson/values.js';
import { DocumentWriter } from '../../bson/writer.js';
import type { ExplainVerbosity } from '../../dispatch/command.js';
import type { CommandContext } from '../../dispatch/context.js';
import { PipelineRun, planPipeline, type PipelineRequest, type PlannedPipeline } from '../reads/pipeline-run.js';
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

function writeCursorStage(writer: DocumentWriter, context: CommandContext, { planned, collection }: Explained, executed: ExecutedPlan | undefined, verbosity: ExplainVerbosity): void {
  const { query } = planned;
  if (planned.planned !== undefined && query !== undefined) writeQueryPlanner(writer, context, { collection, query, wrapper: undefined }, planned.planned);
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
    writeCursorStage(writer, context, explained, executed, verbosity);
    return finishExplain(writer, context);
  }
  writer.openArray('stages');
  let position = 0;
  if (planned.planned !== undefined) {
    writer.openDocument('0').openDocument('$cursor');
    writeCursorStage(writer, context, explained, executed, verbosity);
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

/** How many of the stages the plan does. */
function stagesDone({ applied, pipeline, planned }: PlannedPipeline): number {
  if (applied.isWhole === true) return pipeline.stages.length;
  if (planned === undefined || !applied.match) return 0;
  let done = 0;
  while (pipeline.stages[done]?.name === '$match') done += 1;
  return applied.sort && pipeline.leadingSort !== undefined ? done + 1 : done;
}

/** The stages that the plan leaves to the pipeline, as they were written. */
function remainingStages(planned: PlannedPipeline): RawDocument[] {
  const { write, stages } = planned.pipeline;
  const rest = stages.slice(stagesDone(planned)).map(({ name, specification }) => documentOf([[name, specification ?? objectValue([])]]));
  return write === undefined ? rest : [...rest, documentOf([[write.kind, documentValue(write.specification)]])];
}
