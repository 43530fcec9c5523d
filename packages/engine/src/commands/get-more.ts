// `getMore`. Source: the manual's page "getMore (database command)".
import { cursorReply } from '../execution/cursor-reply.js';
import type { OpenCursor } from '../execution/cursor-registry.js';
import type { Batch } from '../execution/cursor-documents.js';
import { waitForData } from '../execution/await-data.js';
import { notNegative } from '../execution/numbers.js';
import { applyFailGetMore } from '../dispatch/fail-command.js';
import { resumable } from '../dispatch/error-reply.js';
import { limitTime, timeLeft } from '../dispatch/time-limit.js';
import { defineCommand } from '../dispatch/command.js';
import type { CommandContext } from '../dispatch/context.js';
import type { ReadingContext } from '../dispatch/reading-context.js';
import { BsonType } from '../bson/types.js';
import type { RawValue } from '../bson/raw-value.js';
import { CommandError } from '../errors.js';

function cursorId(value: RawValue): bigint {
  if (value.type === BsonType.long) return value.int64();
  if (value.type === BsonType.int) return BigInt(value.int32());
  throw new CommandError('TypeMismatch', "BSON field 'getMore.getMore' is the wrong type, expected type 'long'");
}

/** Where the cursor reads on: from its snapshot, or as the command does. */
function readingOf({ snapshot }: OpenCursor, context: CommandContext): ReadingContext {
  return snapshot === undefined ? context : { read: (work) => snapshot.read(work), checkInterrupt: () => context.checkInterrupt() };
}

/** A `maxTimeMS` of its own is the time to wait for data; without one, the cursor goes on in the time that it has left. */
function limit(context: CommandContext, { awaitData, timeLeft_ms }: OpenCursor): void {
  if (awaitData) return;
  if (context.deadline_ms !== undefined) throw new CommandError('BadValue', 'cannot set maxTimeMS on getMore command for a non-awaitData cursor');
  if (timeLeft_ms !== undefined) limitTime(context.services, context.operation, timeLeft_ms);
}

async function nextBatch(context: CommandContext, cursor: OpenCursor, batchSize: number | undefined): Promise<Batch> {
  if (!cursor.tailable) return cursor.documents.nextBatch(readingOf(cursor, context), batchSize);
  cursor.documents.resume();
  return waitForData(context, cursor, () => cursor.documents.nextBatch(context, batchSize));
}

export const getMore = defineCommand({
  name: 'getMore',
  help: 'Reads on from an open cursor.',
  fields: {
    getMore: { kind: 'any', required: true },
    collection: { kind: 'string', required: true },
    batchSize: 'integer',
    // Of replica sets of several members.
    term: { kind: 'any', ignored: true },
    lastKnownCommittedOpTime: { kind: 'any', ignored: true },
  },
  // Whether the cursor is the caller's the registry checks. Cursors of commands ($cmd.listCollections, ...) name no collection.
  access: {
    kind: 'privileges',
    required: ({ collection }, database) => (collection.startsWith('$cmd.') ? [] : [{ resource: { database, collection }, actions: ['find'] }]),
  },
  inTransactions: true,
  stableApi: true,
  async run({ getMore: id, collection, batchSize }, context) {
    notNegative('batchSize', batchSize);
    const { cursors } = context.services;
    const namespace = `${context.database}.${collection}`;
    const { sessionKey, inTransaction } = context;
    const cursor = cursors.take(cursorId(id), namespace, { user: context.connection.user, sessionKey, inTransaction });
    const { changeStream, documents } = cursor;
    try {
      applyFailGetMore(context.services.failPoints, changeStream !== undefined);
      if (changeStream !== undefined) context.services.access.authorize(context, changeStream.privileges);
      limit(context, cursor);
      const batch = await nextBatch(context, cursor, batchSize === 0 ? undefined : batchSize);
      if (cursor.isLasting === true) await context.services.storage.durable();
      const isOver = documents.isFinished && (!cursor.tailable || changeStream?.source.isOver === true);
      if (isOver) cursors.close(cursor.id);
      cursor.timeLeft_ms = timeLeft(context.services, context.operation);
      const resumeToken = changeStream?.source.tokenAfter(batch, documents.isFinished);
      return cursorReply('nextBatch', batch, isOver ? 0n : cursor.id, namespace, { resumeToken, snapshot: cursor.snapshot });
    } catch (error) {
      cursors.close(cursor.id);
      throw changeStream === undefined ? error : resumable(error);
    } finally {
      cursors.giveBack(cursor);
    }
  },
});
