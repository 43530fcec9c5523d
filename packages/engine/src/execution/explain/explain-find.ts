// `explain` of find. On a view it is the explanation of the aggregation that the view stands for.
import type { RawDocument } from '../../bson/raw-value.js';
import { emptyDocument } from '../../bson/writer.js';
import type { ExplainVerbosity } from '../../dispatch/command.js';
import type { CommandContext } from '../../dispatch/context.js';
import { findAsPipeline, type FindRequest } from '../reads/find.js';
import { planRead } from '../reads/read-query.js';
import { resolveNamespace } from '../reads/views.js';
import { explainPipeline } from './explain-pipeline.js';
import { explainPlan } from './explain-plan.js';

export function explainFind(context: CommandContext, find: FindRequest, verbosity: ExplainVerbosity): Promise<RawDocument> {
  const { collection, options, query } = find;
  if (context.read((unit) => resolveNamespace(unit, context.database, collection).isView)) {
    return explainPipeline(context, { collection, stages: findAsPipeline(options), environment: query.environment, allowDiskUse: query.allowDiskUse, hint: undefined }, verbosity);
  }
  return explainPlan(context, { collection, filter: options.filter ?? emptyDocument, query, plan: (unit, entry) => planRead(unit, entry, query), wrapper: undefined }, verbosity);
}
