// Replies that carry a cursor: `{cursor: {firstBatch, id, ns}}`, and the registration of the cursor where more is to come.
import type { RawDocument } from '../bson/raw-value.js';
import { timestampValue } from '../bson/values.js';
import { DocumentWriter } from '../bson/writer.js';
import type { CommandContext } from '../dispatch/context.js';
import { readsWhatLasts } from '../dispatch/read-concern.js';
import { timeLeft } from '../dispatch/time-limit.js';
import type { ChangeScope } from '../storage/change-signal.js';
import type { KeptSnapshot } from '../transactions/snapshot-reads.js';
import { type Batch, CursorDocuments, firstBatchDocuments } from './cursor-documents.js';
import type { ChangeStreamCursor } from './cursor-registry.js';
import type { DocumentSource } from './document-source.js';

export interface CursorRequest {
  readonly namespace: string;
  readonly source: DocumentSource;
  readonly batchSize: number | undefined;
  readonly singleBatch?: boolean;
  readonly noCursorTimeout?: boolean;
  readonly tailable?: boolean;
  readonly awaitData?: boolean;
  readonly scope?: ChangeScope;
  readonly changeStream?: ChangeStreamCursor;
}

/** What a cursor's reply says besides its documents. */
export interface CursorReplyExtras {
  readonly resumeToken?: RawDocument | undefined;
  /** The state that a snapshot read saw, for the next read to name. */
  readonly snapshot?: KeptSnapshot | undefined;
}

/** A reply with one batch. */
export function cursorReply(batchName: 'firstBatch' | 'nextBatch', batch: Batch, id: bigint, namespace: string, { resumeToken, snapshot }: CursorReplyExtras = {}): RawDocument {
  const writer = new DocumentWriter(batch.bytes + namespace.length + 128);
  writer.openDocument('cursor').openArray(batchName);
  for (let i = 0; i < batch.documents.length; i += 1) writer.document(String(i), batch.documents[i]!);
  writer.close();
  if (resumeToken !== undefined) writer.document('postBatchResumeToken', resumeToken);
  if (snapshot !== undefined) writer.append('atClusterTime', timestampValue(snapshot.clusterTime));
  return writer.int64('id', id).string('ns', namespace).close().double('ok', 1).finish();
}

/** Whether a cursor that waits for more can never get it. */
function isAtItsEnd({ source, changeStream }: CursorRequest): boolean {
  return changeStream === undefined ? source.isExhausted === true : changeStream.source.isOver;
}

/** Reads the first batch and, where more may come, opens a cursor. */
export function openCursor(context: CommandContext, request: CursorRequest): Promise<RawDocument> | RawDocument {
  const documents = new CursorDocuments(request.source);
  const batch = documents.nextBatch(context, request.batchSize ?? firstBatchDocuments);
  return batch instanceof Promise ? batch.then((read) => firstReply(context, request, documents, read)) : firstReply(context, request, documents, batch);
}

function firstReply(context: CommandContext, request: CursorRequest, documents: CursorDocuments, batch: Batch): RawDocument {
  const { namespace, source, changeStream, tailable = false } = request;
  const { snapshot } = context;
  const extras = { resumeToken: changeStream?.source.tokenAfter(batch, documents.isFinished), snapshot };
  const isOver = request.singleBatch === true || (documents.isFinished && (!tailable || isAtItsEnd(request)));
  if (isOver) {
    source.close?.();
    return cursorReply('firstBatch', batch, 0n, namespace, extras);
  }
  const cursor = context.services.cursors.register({
    namespace, documents, tailable, changeStream, snapshot,
    scope: request.scope,
    isLasting: readsWhatLasts(context.readConcern),
    user: context.connection.user,
    sessionKey: context.sessionKey,
    inTransaction: context.inTransaction,
    noCursorTimeout: request.noCursorTimeout ?? false,
    timeLeft_ms: timeLeft(context.services, context.operation),
    awaitData: request.awaitData ?? false,
    command: context.body,
  });
  return cursorReply('firstBatch', batch, cursor.id, namespace, extras);
}
