// Pipelines that are no more than a find: `$match`, `$sort`, `$skip`, `$limit`, and a `$project` that includes fields as they are, in this
// order. The plan does all of such a pipeline. Source: the manual's "Aggregation Pipeline Optimization" and "Explain Results".
import { elements } from '../../bson/reader.js';
import { BsonType, isNumericType } from '../../bson/types.js';
import type { RawDocument, RawValue } from '../../bson/raw-value.js';
import type { Pipeline, Stage } from '../../aggregation/stage.js';
import type { ReadOptions } from './read-query.js';

/** What a find would be told of the stages behind `$match` and `$sort`. */
export type ReadShape = Pick<ReadOptions, 'skip' | 'limit' | 'projection'>;

/** Expressions, literals and nested documents are for the stage to work out. */
function includesFields(specification: RawValue | undefined): RawDocument | undefined {
  if (specification?.type !== BsonType.object) return undefined;
  let included = 0;
  for (const [name, value] of elements(specification)) {
    if (value.type !== BsonType.bool && !isNumericType(value.type)) return undefined;
    const isIncluded = value.type === BsonType.bool ? value.boolean() : value.number() !== 0;
    if (isIncluded) included += 1;
    else if (name !== '_id') return undefined;
  }
  return included > 0 ? specification.document() : undefined;
}

function leadingStages({ stages, leadingSort }: Pipeline): number {
  const matches = stages.findIndex(({ name }) => name !== '$match');
  return (matches === -1 ? stages.length : matches) + (leadingSort === undefined ? 0 : 1);
}

/** The shape of the find that the pipeline is; undefined where it is more than one. */
export function wholeRead(pipeline: Pipeline): ReadShape | undefined {
  const rest: readonly Stage[] = pipeline.stages.slice(leadingStages(pipeline));
  let next = 0;
  const taken = (isWanted: (stage: Stage) => boolean): Stage | undefined => {
    const stage = rest[next];
    if (stage === undefined || !isWanted(stage)) return undefined;
    next += 1;
    return stage;
  };
  const skip = taken((stage) => stage.skip !== undefined)?.skip;
  const limit = taken((stage) => stage.limit !== undefined)?.limit;
  const projection = includesFields(taken(({ name }) => name === '$project')?.specification);
  const isPlanned = next === rest.length && (projection !== undefined || rest.at(-1)?.name !== '$project');
  return isPlanned && Number.isSafeInteger((skip ?? 0) + (limit ?? 0)) ? { skip, limit, projection } : undefined;
}
