// A pipeline update: the stages that make a new document of an old one, and no others.
// Source: the manual's page "Updates with Aggregation Pipeline".
import { CommandError } from '../../errors.js';
import type { RawDocument, RawValue } from '../../bson/raw-value.js';
import { ElementReader, arrayValues } from '../../bson/reader.js';
import { BsonType } from '../../bson/types.js';
import type { PipelineSources } from '../../aggregation/stage.js';
import { compilePipeline } from '../../aggregation/stages/compile-pipeline.js';
import type { QueryEnvironment } from '../environment.js';

const allowedStages: ReadonlySet<string> = new Set(['$addFields', '$project', '$replaceRoot', '$replaceWith', '$set', '$unset']);

/** The allowed stages read nothing but their input. */
const noSources: PipelineSources = {
  readCollection: () => {
    throw new CommandError('InvalidOptions', 'an update pipeline cannot read a collection');
  },
  readSource: (stage) => {
    throw new CommandError('InvalidOptions', `${stage} is not allowed to be used within an update`);
  },
  checkInterrupt: () => undefined,
};

/** Compiles the pipeline into a function over one document. Throws InvalidOptions (72) for stages that updates may not have. */
export function compilePipelineTransform(update: RawValue, environment: QueryEnvironment): (document: RawDocument) => RawDocument {
  const stages = arrayValues(update);
  if (stages.some(({ type }) => type !== BsonType.object)) {
    throw new CommandError('TypeMismatch', 'Each element of the \'pipeline\' array must be an object');
  }
  const pipeline = compilePipeline(stages.map((stage) => stage.document()), environment);
  for (const stage of stages) assertAllowed(stage);
  const context = { database: '', environment, sources: noSources, allowDiskUse: false };
  return (document) => {
    const [result] = pipeline.run([document], context);
    return result ?? document;
  };
}

function assertAllowed(stage: RawValue): void {
  const reader = ElementReader.of(stage);
  if (!reader.next()) return;
  const name = reader.name();
  if (!allowedStages.has(name)) {
    throw new CommandError('InvalidOptions', `${name} is not allowed to be used within an update`);
  }
}
