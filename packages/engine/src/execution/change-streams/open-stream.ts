// Opens a change stream for `aggregate`: who may, on what, from where, and through which stages.
// Source: the manual's pages "$changeStream (aggregation)" and "Change Streams", Access Control.
import { parseChangeStream, splitStage, type ChangeStreamOptions } from '../../aggregation/stages/change-stream.js';
import { compilePipeline } from '../../aggregation/stages/compile-pipeline.js';
import type { StageContext } from '../../aggregation/stage.js';
import type { Privilege } from '../../auth/privileges.js';
import { documentValue, type RawDocument } from '../../bson/raw-value.js';
import { ElementReader, getDocumentField } from '../../bson/reader.js';
import { BsonType } from '../../bson/types.js';
import type { CommandContext } from '../../dispatch/context.js';
import { CommandError } from '../../errors.js';
import type { QueryEnvironment } from '../../query/environment.js';
import type { ChangeScope } from '../../storage/change-signal.js';
import { openCursor } from '../cursor-reply.js';
import { ChangeStreamSource } from './stream-source.js';
import { streamStart } from './stream-start.js';

export interface ChangeStreamRequest {
  /** undefined: the stream is on the database, or on everything. */
  readonly collection: string | undefined;
  /** The whole pipeline; its first stage is `$changeStream`, and it was compiled without complaint. */
  readonly stages: readonly RawDocument[];
  readonly environment: QueryEnvironment;
  readonly batchSize: number | undefined;
}

function stageName(stage: RawDocument): string {
  const reader = ElementReader.of(documentValue(stage));
  return reader.next() ? reader.name() : '';
}

/** Whether the pipeline begins with `$changeStream`. */
export function isChangeStream(stages: readonly RawDocument[]): boolean {
  return stages[0] !== undefined && stageName(stages[0]) === '$changeStream';
}

/**
 * Answers an `aggregate` that begins with `$changeStream`: checks its privileges and its start, and opens the cursor. Throws
 * ChangeStreamHistoryLost (286) where the oplog does not reach back to the start.
 */
export async function openChangeStream(context: CommandContext, { collection, stages, environment, batchSize }: ChangeStreamRequest): Promise<RawDocument> {
  const { changes, clock, clusterParameters, logicalClock, access } = context.services;
  const options = parseChangeStream(getDocumentField(stages[0]!, '$changeStream')!);
  const scope = scopeOf(context, collection, options);
  const privileges = privilegesFor(scope);
  access.authorize(context, privileges);
  checkReadConcernOf(context);
  checkNoView(context, collection);
  const splitsLargeEvents = stageName(stages[stages.length - 1]!) === splitStage;
  const source = new ChangeStreamSource({
    changes, scope, options, splitsLargeEvents,
    pipeline: compilePipeline(stages.slice(1, splitsLargeEvents ? -1 : undefined), environment),
    stageContext: stageContextOf(context, environment),
    oldestPreImage_ms: () => clock.now_ms() - (clusterParameters.preImageLifetime_s ?? Infinity) * 1000,
    start: streamStart({ changes, scope, options, splitsLargeEvents, now: logicalClock.now() }),
  });
  return openCursor(context, {
    namespace: `${context.database}.${collection ?? '$cmd.aggregate'}`,
    source, batchSize, tailable: true, awaitData: true,
    changeStream: { source, privileges },
    scope,
  });
}

function scopeOf({ database }: CommandContext, collection: string | undefined, { allChangesForCluster }: ChangeStreamOptions): ChangeScope {
  const namespace = collection === undefined ? database : `${database}.${collection}`;
  if (allChangesForCluster && (database !== 'admin' || collection !== undefined)) {
    throw new CommandError(
      'InvalidOptions',
      `A $changeStream with 'allChangesForCluster:true' may only be opened on the 'admin' database, and with no collection name; found ${namespace}`,
    );
  }
  if (allChangesForCluster) return { database: undefined, collection: undefined };
  if (database === 'admin' || database === 'local' || database === 'config') {
    throw new CommandError('InvalidNamespace', `$changeStream may not be opened on the internal ${database} database`);
  }
  if (collection?.startsWith('system.') === true) {
    throw new CommandError('InvalidNamespace', `$changeStream may not be opened on the internal ${namespace} collection`);
  }
  return { database, collection };
}

function privilegesFor({ database, collection }: ChangeScope): readonly Privilege[] {
  return [{ resource: { database: database ?? '', collection: collection ?? '' }, actions: ['find', 'changeStream'] }];
}

function checkReadConcernOf({ body, inTransaction }: CommandContext): void {
  if (inTransaction) throw new CommandError('OperationNotSupportedInTransaction', 'Stage not supported inside of a multi-document transaction: $changeStream');
  const concern = getDocumentField(body, 'readConcern');
  const level = concern?.type === BsonType.object ? getDocumentField(concern.document(), 'level') : undefined;
  if (level === undefined || level.string() === 'majority') return;
  throw new CommandError(
    'InvalidOptions',
    `Aggregation stage $changeStream cannot run with a readConcern other than 'majority', or in a multi-document transaction. Current readConcern: ${level.string()}`,
  );
}

function checkNoView(context: CommandContext, collection: string | undefined): void {
  if (collection === undefined) return;
  const entry = context.read((unit) => unit.collection(context.database, collection));
  if (entry?.kind === 'view') {
    throw new CommandError('CommandNotSupportedOnView', `Namespace ${context.database}.${collection} is a view, not a collection`);
  }
}

/** The stages that may follow read nothing but the event. */
function stageContextOf({ database }: CommandContext, environment: QueryEnvironment): StageContext {
  const refuse = (): never => {
    throw new CommandError('IllegalOperation', 'a $changeStream pipeline reads no other collection');
  };
  return { database, environment, allowDiskUse: false, pauses: true, sources: { readCollection: refuse, readSource: refuse, checkInterrupt: () => undefined } };
}
