// Where a change stream begins: at the newest change, at a time, or behind an event that the client has.
// Source: the manual's page "Change Streams", Resume a Change Stream; error codes as the server gives them.
import type { ChangeStreamOptions } from '../../aggregation/stages/change-stream.js';
import { CommandError } from '../../errors.js';
import type { ChangeLog } from '../../storage/change-log.js';
import type { ChangeScope } from '../../storage/change-signal.js';
import { keyBefore } from '../../storage/oplog-entry.js';
import { historyLost } from './history-lost.js';
import { entryKeyOf, highWaterMark, parseToken, type ResumeToken } from './resume-token.js';
import type { StreamStart } from './stream-source.js';
import { changeOf, invalidates } from './visible-changes.js';

const notResumable = { labels: ['NonResumableChangeStreamError'] };

export interface StartRequest {
  readonly changes: ChangeLog;
  readonly scope: ChangeScope;
  readonly options: ChangeStreamOptions;
  readonly splitsLargeEvents: boolean;
  /** The time of the newest durable change. */
  readonly now: bigint;
}

/** Throws ChangeStreamHistoryLost (286), InvalidResumeToken (260) or ChangeStreamFatalError (280) where that is not possible. */
export function streamStart(request: StartRequest): StreamStart {
  const { options, changes, now } = request;
  const given = options.resumeAfter ?? options.startAfter;
  if (given !== undefined) return startBehind(request, given);
  if (options.startAtOperationTime === undefined) return { key: changes.end(), token: highWaterMark(now), invalidatedBy: undefined, fragmentsSeen: 0 };
  requireHistory(changes, options.startAtOperationTime);
  return startAt(options.startAtOperationTime);
}

function startAt(time: bigint): StreamStart {
  return { key: keyBefore(time), token: highWaterMark(time), invalidatedBy: undefined, fragmentsSeen: 0 };
}

function requireHistory(changes: ChangeLog, time: bigint): void {
  const trimmed = changes.trimmedTime();
  if (trimmed === undefined || time > trimmed) return;
  throw historyLost();
}

function startBehind({ changes, scope, options, splitsLargeEvents }: StartRequest, given: Buffer): StreamStart {
  const token = parseToken(given);
  requireHistory(changes, token.time);
  if (token.kind === 'highWaterMark') return startAt(token.time);
  const key = entryKeyOf(token);
  const entry = changes.entry(key);
  if (entry === undefined) throw tokenNotFound();
  if (token.kind === 'invalidate') {
    if (options.resumeAfter !== undefined) {
      throw new CommandError('InvalidResumeToken', "Attempting to resume a change stream using 'resumeAfter' is not allowed from an invalidate notification.");
    }
    return { key, token: given, invalidatedBy: undefined, fragmentsSeen: 0 };
  }
  if (token.fragment !== undefined) return { ...behindFragment(token, splitsLargeEvents), token: given };
  const change = changeOf(entry);
  const isEnd = change !== undefined && invalidates(change, scope);
  return { key, token: given, invalidatedBy: isEnd ? entry : undefined, fragmentsSeen: 0 };
}

/** The event is made and cut once more. */
function behindFragment({ time, position, fragment }: ResumeToken, splitsLargeEvents: boolean): Omit<StreamStart, 'token'> {
  if (!splitsLargeEvents) {
    throw new CommandError('ChangeStreamFatalError', 'To resume from a split event, the $changeStream pipeline must include a $changeStreamSplitLargeEvent stage', notResumable);
  }
  const key = position === undefined || position === 0 ? keyBefore(time) : entryKeyOf({ time, position: position - 1, kind: 'event', fragment: undefined });
  return { key, invalidatedBy: undefined, fragmentsSeen: fragment ?? 0 };
}

function tokenNotFound(): CommandError {
  return new CommandError('ChangeStreamFatalError', 'cannot resume stream; the resume token was not found.', notResumable);
}
