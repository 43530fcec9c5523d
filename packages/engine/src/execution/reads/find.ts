// `find`: the request, on a collection or a view, to a source of documents.
import type { RawDocument } from '../../bson/raw-value.js';
import { documentOf, int64Value, objectValue } from '../../bson/values.js';
import { documentValue } from '../../bson/raw-value.js';
import { elements } from '../../bson/reader.js';
import { CommandError } from '../../errors.js';
import type { CommandContext } from '../../dispatch/context.js';
import type { ReadUnit } from '../../storage/units.js';
import { type DocumentSource, ListSource } from '../document-source.js';
import { PlanRun } from '../plan-run.js';
import type { PlannedQuery } from '../planner.js';
import { PipelineRun, planPipeline, type PlannedPipeline, type PipelineRequest } from './pipeline-run.js';
import { planRead, type ReadOptions, type ReadQuery } from './read-query.js';
import { pipelineHost } from './run-pipeline.js';
import { resolveNamespace } from './views.js';

/** What has a meaning for an index or a collection only. */
function refuseOnViews({ range, returnKey, showRecordId }: ReadOptions): void {
  const name = range !== undefined ? 'min and max' : returnKey === true ? 'returnKey' : showRecordId === true ? 'showRecordId' : undefined;
  if (name !== undefined) throw new CommandError('InvalidPipelineOperator', `Option ${name} not supported in aggregation.`);
}

/** A find on a view is an aggregation on what lies below it. */
export function findAsPipeline(options: ReadOptions): RawDocument[] {
  refuseOnViews(options);
  const { filter, sort, skip = 0, limit = 0, projection } = options;
  const stages: RawDocument[] = [];
  if (filter !== undefined) stages.push(documentOf([['$match', documentValue(filter)]]));
  if (sort !== undefined && [...elements(documentValue(sort))].length > 0) {
    if ([...elements(documentValue(sort))][0]?.[0] === '$natural') throw new CommandError('InvalidPipelineOperator', '$natural sort is not supported on views');
    stages.push(documentOf([['$sort', objectValue(elements(documentValue(sort)))]]));
  }
  if (skip > 0) stages.push(documentOf([['$skip', int64Value(BigInt(skip))]]));
  if (limit > 0) stages.push(documentOf([['$limit', int64Value(BigInt(limit))]]));
  if (projection !== undefined && [...elements(documentValue(projection))].length > 0) stages.push(documentOf([['$project', documentValue(projection)]]));
  return stages;
}

export interface FindRequest {
  readonly collection: string;
  readonly options: ReadOptions;
  readonly query: ReadQuery;
}

export type PreparedFind =
  | { readonly kind: 'collection'; readonly planned: PlannedQuery; readonly run: PlanRun | undefined }
  | { readonly kind: 'view'; readonly planned: PlannedPipeline; readonly request: PipelineRequest };

/** Plans the find in this view. */
export function prepareFind(unit: ReadUnit, context: CommandContext, find: FindRequest): PreparedFind {
  const resolved = resolveNamespace(unit, context.database, find.collection);
  if (!resolved.isView) {
    const planned = planRead(unit, resolved.collection, find.query);
    return { kind: 'collection', planned, run: resolved.collection === undefined ? undefined : new PlanRun(planned.winning, resolved.collection, { memory: context.services.workingMemory, allowDiskUse: find.query.allowDiskUse }) };
  }
  const request: PipelineRequest = {
    database: context.database,
    collection: find.collection,
    stages: findAsPipeline(find.options),
    environment: find.query.environment,
    allowDiskUse: find.query.allowDiskUse,
    host: pipelineHost(context, find.collection),
  };
  return { kind: 'view', planned: planPipeline(unit, request), request };
}

export function sourceOf(prepared: PreparedFind): DocumentSource {
  if (prepared.kind === 'view') return new PipelineRun(prepared.request, prepared.planned);
  return prepared.run ?? new ListSource([]);
}
