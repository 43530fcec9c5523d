// Runs a pipeline for a command: checks the caller's rights on every namespace that it touches, then reads or writes.
import type { RawDocument } from '../../bson/raw-value.js';
import { compilePipeline } from '../../aggregation/stages/compile-pipeline.js';
import type { Pipeline } from '../../aggregation/stage.js';
import type { Privilege } from '../../auth/privileges.js';
import type { CommandContext } from '../../dispatch/context.js';
import { constantEnvironment } from '../environment.js';
import { readSourceStage } from '../sources/source-stage.js';
import type { PipelineHost } from './pipeline-run.js';

const readActions = ['find'];

/** Throws Unauthorized unless the caller may read, and write, every other namespace that the pipeline names. */
function authorizeForeign(context: CommandContext, pipeline: Pipeline, bypassesValidation: boolean): void {
  const privileges: Privilege[] = [];
  for (const stage of pipeline.stages) {
    for (const { database, collection, access } of stage.foreignNamespaces ?? []) {
      const resource = { database: database ?? context.database, collection };
      privileges.push({ resource, actions: access === 'read' ? readActions : ['insert', 'update'] });
    }
  }
  if (pipeline.write !== undefined) {
    const { kind, database, collection } = pipeline.write;
    const actions = kind === '$out' ? ['insert', 'remove'] : ['insert', 'update'];
    if (bypassesValidation) actions.push('bypassDocumentValidation');
    privileges.push({ resource: { database: database ?? context.database, collection }, actions });
  }
  if (privileges.length > 0) context.services.access.authorize(context, privileges);
}

/** Throws Unauthorized unless the caller may read what a view that they define would show. */
export function authorizeView(context: CommandContext, viewOn: string, stages: readonly RawDocument[]): void {
  context.services.access.authorize(context, [{ resource: { database: context.database, collection: viewOn }, actions: readActions }]);
  authorizeForeign(context, compilePipeline(stages, constantEnvironment), false);
}

/** Compiles the pipeline once as the client wrote it, for its errors and for the namespaces that it touches. */
export function checkPipeline(context: CommandContext, stages: readonly RawDocument[], environment: Parameters<typeof compilePipeline>[1], bypassesValidation = false): Pipeline {
  const pipeline = compilePipeline(stages, environment);
  authorizeForeign(context, pipeline, bypassesValidation);
  return pipeline;
}

/** What a pipeline of this command reaches of the server. */
export function pipelineHost(context: CommandContext, collection: string | undefined): PipelineHost {
  return {
    readSource: (stage, specification, unit) => readSourceStage(stage, { specification, unit, context, collection }),
    checkInterrupt: () => context.checkInterrupt(),
    indexUsage: context.services.indexUsage,
    indexFilters: context.services.indexFilters,
    memory: context.services.workingMemory,
  };
}
