// Runs pipelines written as JavaScript values over documents in memory, for tests.
import { BSON, type Document } from 'bson';
import type { RawDocument } from '../../bson/raw-value.js';
import { encodeDocument } from '../../bson/values.js';
import type { QueryEnvironment } from '../../query/environment.js';
import { environmentOf } from '../../query/query-environment.fixture.js';
import type { PipelineSources, StageContext } from '../stage.js';
import { compilePipeline } from './compile-pipeline.js';

export interface RunOptions {
  readonly collections?: Readonly<Record<string, readonly Document[]>>;
  readonly environment?: QueryEnvironment;
  readonly allowDiskUse?: boolean;
  /** Told of every read of a collection. */
  readonly onRead?: (collection: string, pipeline: readonly RawDocument[]) => void;
}

/** The sources of a test: collections are arrays, sources of the server answer with their own name. */
function sourcesOf({ collections = {}, onRead }: RunOptions): PipelineSources {
  const sources: PipelineSources = {
    readCollection: (database, collection, pipeline, environment) => {
      onRead?.(collection, pipeline);
      const documents = (collections[collection] ?? []).map((document) => encodeDocument(document));
      return compilePipeline(pipeline, environment).run(documents, { database, environment, sources, allowDiskUse: false });
    },
    readSource: (stage) => [encodeDocument({ stage })],
    checkInterrupt: () => undefined,
  };
  return sources;
}

export function contextOf(options: RunOptions): StageContext {
  return { database: 'test', environment: options.environment ?? environmentOf(), sources: sourcesOf(options), allowDiskUse: options.allowDiskUse ?? false };
}

/** What the pipeline makes of the documents, as plain JavaScript values. */
export function runPipeline(stages: readonly Document[], documents: readonly Document[], options: RunOptions = {}): Document[] {
  const context = contextOf(options);
  const pipeline = compilePipeline(stages.map((stage) => encodeDocument(stage)), context.environment);
  const input = documents.map((document) => encodeDocument(document));
  return [...pipeline.run(input, context)].map((document) => BSON.deserialize(document, { promoteBuffers: true }));
}

/** As `runPipeline`, in canonical Extended JSON, which tells types of numbers apart. */
export function runPipelineTyped(stages: readonly Document[], documents: readonly Document[], options: RunOptions = {}): unknown[] {
  const context = contextOf(options);
  const pipeline = compilePipeline(stages.map((stage) => encodeDocument(stage)), context.environment);
  const input = documents.map((document) => encodeDocument(document));
  return [...pipeline.run(input, context)].map((document) => BSON.EJSON.serialize(BSON.deserialize(document, { promoteValues: false }), { relaxed: false }) as unknown);
}
