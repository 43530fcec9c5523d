// The end of a pipeline that writes: `$out` replaces a collection, `$merge` folds documents into one.
// Source: the manual's pages "$out (aggregation)" and "$merge (aggregation)".
import { randomUUID } from 'node:crypto';
import type { WriteStage } from '../../aggregation/stage.js';
import type { RawDocument } from '../../bson/raw-value.js';
import { emptyDocument } from '../../bson/writer.js';
import type { CommandContext } from '../../dispatch/context.js';
import { CommandError } from '../../errors.js';
import type { CollectionEntry, WriteUnit } from '../../storage/units.js';
import { refuseChange } from '../catalog/time-series.js';
import { CursorDocuments } from '../cursor-documents.js';
import { cursorReply } from '../cursor-reply.js';
import { PipelineRun, type PipelineRequest } from '../reads/pipeline-run.js';
import { insertDocument } from './insert-documents.js';
import { compileMergeWrite } from './merge-write.js';
import { maxRecordsPerUnit } from './match-records.js';
import { checkWritable, ensureCollection, writeTarget } from './write-target.js';

export interface PipelineWrite {
  readonly request: PipelineRequest;
  readonly write: WriteStage;
  readonly namespace: string;
  readonly bypassValidation: boolean;
}

/** Reads the pipeline to its end, batch by batch, and gives each batch to `put`. */
async function drain(context: CommandContext, request: PipelineRequest, put: (documents: readonly RawDocument[]) => Promise<void>): Promise<void> {
  const documents = new CursorDocuments(new PipelineRun(request));
  while (!documents.isFinished) {
    // Reading and writing take turns, so that no more than one batch is held.
    const batch = await documents.nextBatch(context, maxRecordsPerUnit);
    if (batch.documents.length > 0) await put(batch.documents);
  }
}

/** The collection that `$out` fills, with the options and indexes of the one that it will replace. */
function createReplacement(unit: WriteUnit, database: string, name: string, temporary: string): CollectionEntry {
  const target = writeTarget(unit, database, name);
  if (target !== undefined) refuseChange(target);
  let entry = unit.createCollection(database, temporary, target?.options ?? emptyDocument);
  for (const index of target?.indexes ?? []) if (index.name !== '_id_') entry = unit.createIndex(entry, index);
  return entry;
}

async function writeOut(context: CommandContext, { request, write, bypassValidation }: PipelineWrite): Promise<void> {
  const database = write.database ?? context.database;
  const target = write.collection;
  checkWritable(database, target);
  const temporary = `tmp.agg_out.${randomUUID()}`;
  await context.write((unit) => createReplacement(unit, database, target, temporary));
  try {
    await drain(context, request, (documents) =>
      context.write((unit) => {
        const collection = writeTarget(unit, database, temporary)!;
        for (const document of documents) insertDocument(unit, collection, document, { bypassValidation, environment: request.environment });
      }),
    );
    await context.write((unit) => {
      const old = writeTarget(unit, database, target);
      unit.renameCollection(unit.collection(database, temporary)!, database, target, old);
    });
  } catch (error) {
    await context.write((unit) => {
      const left = unit.collection(database, temporary);
      if (left !== undefined) unit.dropCollection(left);
    });
    throw error;
  }
}

async function writeMerge(context: CommandContext, { request, write, bypassValidation }: PipelineWrite): Promise<void> {
  const database = write.database ?? context.database;
  checkWritable(database, write.collection);
  const merge = compileMergeWrite(write, request.environment, bypassValidation);
  context.read((unit) => merge.checkTarget(writeTarget(unit, database, write.collection)));
  await drain(context, request, (documents) =>
    context.write((unit) => {
      const collection = ensureCollection(unit, database, write.collection);
      for (const document of documents) merge.apply(unit, collection, document);
    }),
  );
}

/** Runs the pipeline and writes what comes out of it; the reply is an empty cursor. */
export async function writePipeline(context: CommandContext, write: PipelineWrite): Promise<RawDocument> {
  if (context.inTransaction) {
    throw new CommandError('OperationNotSupportedInTransaction', `${write.write.kind} cannot be used in a transaction`);
  }
  const level = context.readConcern?.level;
  if (level === 'linearizable' || level === 'snapshot') {
    throw new CommandError('InvalidOptions', `${write.write.kind} cannot be used with a '${level}' read concern level`);
  }
  await (write.write.kind === '$out' ? writeOut(context, write) : writeMerge(context, write));
  return cursorReply('firstBatch', { documents: [], bytes: 0 }, 0n, write.namespace);
}
