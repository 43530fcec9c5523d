// $unionWith: the documents of another collection or pipeline behind those that come in.
// Source: the manual's page "$unionWith (aggregation)".
import { BsonType } from '../../bson/types.js';
import { elements } from '../../bson/reader.js';
import type { RawDocument, RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { typeNameOf } from '../expressions/operands.js';
import type { Stage, StageContext } from '../stage.js';
import { streamStage } from './lazy.js';
import { parsePipelineArgument } from './pipeline-argument.js';
import type { StageCompileContext } from './stage-compiler.js';

interface Union {
  readonly collection: string | undefined;
  readonly pipeline: readonly RawDocument[];
}

export function compileUnionWith(specification: RawValue, context: StageCompileContext): Stage {
  const union = parseUnion(specification);
  const nested = context.compileNested(union.pipeline, context.environment, 'unionWith');
  if (union.collection === undefined && !nested.isSource) {
    throw new CommandError('FailedToParse', "$unionWith stage without explicit collection must have a pipeline with $documents as first stage");
  }
  const inner = nested.stages.flatMap((stage) => stage.foreignNamespaces ?? []);
  const own = union.collection === undefined ? [] : [{ database: undefined, collection: union.collection, access: 'read' as const }];
  const others = (run: StageContext): Iterable<RawDocument> =>
    union.collection === undefined ? nested.run([], run) : run.sources.readCollection(run.database, union.collection, union.pipeline, context.environment, run.pauses);
  return streamStage(
    '$unionWith',
    function* (input, run) {
      yield* input;
      yield* others(run);
    },
    { foreignNamespaces: [...own, ...inner], passesPauses: true },
  );
}

function parseUnion(specification: RawValue): Union {
  if (specification.type === BsonType.string) return { collection: specification.string(), pipeline: [] };
  if (specification.type !== BsonType.object) {
    throw new CommandError('FailedToParse', `the $unionWith stage specification must be an object or string, but found ${typeNameOf(specification)}`);
  }
  let collection: string | undefined;
  let pipeline: readonly RawDocument[] | undefined;
  for (const [option, value] of elements(specification)) {
    if (option === 'pipeline') pipeline = parsePipelineArgument(value);
    else if (option !== 'coll') throw new CommandError('Location40415', `BSON field '$unionWith.${option}' is an unknown field.`);
    else if (value.type === BsonType.string) collection = value.string();
    else throw new CommandError('TypeMismatch', `BSON field '$unionWith.coll' is the wrong type '${typeNameOf(value)}', expected type 'string'`);
  }
  return { collection, pipeline: pipeline ?? [] };
}
