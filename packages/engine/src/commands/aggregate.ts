// `aggregate`. Source: the manual's page "aggregate (database command)".
import type { Action } from '../auth/privileges.js';
import { BsonType } from '../bson/types.js';
import type { RawDocument, RawValue } from '../bson/raw-value.js';
import { elements } from '../bson/reader.js';
import { documentValue } from '../bson/raw-value.js';
import { environmentOf } from '../execution/environment.js';
import { explainPipeline } from '../execution/explain/explain-pipeline.js';
import { isChangeStream, openChangeStream } from '../execution/change-streams/open-stream.js';
import { openCursor } from '../execution/cursor-reply.js';
import { parseHint } from '../execution/hint.js';
import { notNegative } from '../execution/numbers.js';
import { PipelineRun, type PipelineRequest } from '../execution/reads/pipeline-run.js';
import { checkPipeline, pipelineHost } from '../execution/reads/run-pipeline.js';
import { writePipeline } from '../execution/writes/write-pipeline.js';
import { defineCommand } from '../dispatch/command.js';
import type { CommandContext } from '../dispatch/context.js';
import type { ParsedFields } from '../dispatch/fields.js';
import { CommandError } from '../errors.js';

const fields = {
  aggregate: { kind: 'any', required: true },
  pipeline: { kind: 'array', required: true },
  explain: 'boolean',
  allowDiskUse: 'boolean',
  cursor: 'object',
  bypassDocumentValidation: 'boolean',
  collation: 'object',
  hint: 'any',
  let: 'object',
  // Of mongos and of change streams.
  fromMongos: { kind: 'any', ignored: true },
  needsMerge: { kind: 'any', ignored: true },
} as const;

type Fields = ParsedFields<typeof fields>;

/** The collection's name; undefined for `{aggregate: 1}`. */
function collectionOf(value: RawValue): string | undefined {
  if (value.type === BsonType.string) return value.string();
  if (value.number() === 1) return undefined;
  throw new CommandError('FailedToParse', "Invalid command format: the 'aggregate' field must specify a collection name or 1");
}

function stagesOf({ pipeline }: Fields): RawDocument[] {
  return pipeline.map((stage) => {
    if (stage.type !== BsonType.object) throw new CommandError('TypeMismatch', "Each element of the 'pipeline' array must be an object");
    return stage.document();
  });
}

function batchSizeOf(cursor: RawDocument | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  let batchSize: number | undefined;
  for (const [name, value] of elements(documentValue(cursor))) {
    if (name !== 'batchSize') throw new CommandError('Location40415', `BSON field 'cursor.${name}' is an unknown field.`);
    batchSize = value.number();
    if (batchSize === undefined) throw new CommandError('TypeMismatch', 'cursor.batchSize field must be a number');
  }
  return notNegative('batchSize', batchSize);
}

function requestOf(parsed: Fields, context: CommandContext): PipelineRequest {
  const collection = collectionOf(parsed.aggregate);
  const allowDiskUse = parsed.allowDiskUse ?? context.services.server.parameters.get('allowDiskUseByDefault') !== false;
  return {
    database: context.database,
    collection, allowDiskUse,
    stages: stagesOf(parsed),
    environment: environmentOf(context, parsed, collection === undefined ? undefined : { database: context.database, collection }),
    hint: parseHint(parsed.hint),
    host: pipelineHost(context, collection),
  };
}

const sourceStages = /^\$(currentOp|listLocalSessions|listSessions|documents|changeStream|queryStats)$/;

/** Without a collection, only a source stage can make documents; with one, those given in the command have no place. */
function checkSource({ collection, stages }: PipelineRequest): void {
  const first = stages[0] === undefined ? undefined : [...elements(documentValue(stages[0]))][0]?.[0];
  if (collection !== undefined) {
    if (first === '$documents') throw new CommandError('InvalidNamespace', `'${first}' can only be run with {aggregate: 1}`);
    return;
  }
  if (first === undefined || !sourceStages.test(first)) {
    throw new CommandError('InvalidNamespace', `{aggregate: 1} is not valid for '${first ?? ''}'; a collection is required.`);
  }
}

/** What stages that show something else than documents take, instead of `find`. Source: the manual's pages of these stages. */
const firstStageActions: Readonly<Record<string, readonly Action[]>> = {
  $collStats: ['collStats'],
  $indexStats: ['indexStats'],
  $planCacheStats: ['planCacheRead'],
  // These ask for themselves, where others' sessions are wanted.
  $listSessions: [],
};

function requiredActions({ pipeline }: Fields): readonly Action[] {
  const [first] = pipeline;
  const name = first?.type === BsonType.object ? [...elements(first)][0]?.[0] : undefined;
  return (name !== undefined && Object.hasOwn(firstStageActions, name) ? firstStageActions[name] : undefined) ?? ['find'];
}

function explainRequest(parsed: Fields, context: CommandContext): PipelineRequest {
  const request = requestOf(parsed, context);
  checkPipeline(context, request.stages, request.environment);
  checkSource(request);
  return request;
}

export const aggregate = defineCommand({
  name: 'aggregate',
  help: 'Runs a pipeline of stages over a collection or view.',
  fields,
  access: {
    kind: 'privileges',
    // The namespaces that stages name are checked as the pipeline is compiled; without a collection the stage has its own rule.
    required: (parsed, database) => {
      const collection = collectionOf(parsed.aggregate);
      return collection === undefined ? [] : [{ resource: { database, collection }, actions: requiredActions(parsed) }];
    },
  },
  inTransactions: true,
  stableApi: true,
  async run(parsed, context) {
    if (parsed.explain === true) return explainPipeline(context, explainRequest(parsed, context), 'queryPlanner');
    if (parsed.cursor === undefined) throw new CommandError('FailedToParse', "The 'cursor' option is required, except for aggregate with the explain argument");
    const request = requestOf(parsed, context);
    const batchSize = batchSizeOf(parsed.cursor);
    const pipeline = checkPipeline(context, request.stages, request.environment, parsed.bypassDocumentValidation);
    checkSource(request);
    if (isChangeStream(request.stages)) return openChangeStream(context, { ...request, batchSize });
    const namespace = `${context.database}.${request.collection ?? '$cmd.aggregate'}`;
    if (pipeline.write !== undefined) {
      return writePipeline(context, { request, write: pipeline.write, namespace, bypassValidation: parsed.bypassDocumentValidation ?? false });
    }
    return openCursor(context, { namespace, source: new PipelineRun(request), batchSize });
  },
  explain: (parsed, context, verbosity) => explainPipeline(context, explainRequest(parsed, context), verbosity),
});
