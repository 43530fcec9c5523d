// Error replies: MongoDB's shape, from a CommandError; from anything else an InternalError that gives nothing away.
import { randomBytes } from 'node:crypto';
import { RawValue, type RawDocument } from '../bson/raw-value.js';
import { encodeDocument } from '../bson/values.js';
import { DocumentWriter } from '../bson/writer.js';
import { CommandError, errorCodes } from '../errors.js';
import type { EngineLog } from './log.js';

/**
 * Any error as a CommandError. What the engine did not foresee is logged under a reference and answered with nothing but
 * that reference.
 */
export function asCommandError(error: unknown, log: EngineLog, commandName: string): CommandError {
  if (error instanceof CommandError) return error;
  const reference = randomBytes(6).toString('hex');
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
  log.write('error', 'command.internal_error', { reference, command: commandName, cause });
  return new CommandError('InternalError', `internal error, see the server's log under reference ${reference}`);
}

/** Appends an error's further fields: RawValues and whole documents (as bytes) as they are, other values through the serializer. */
export function appendErrorFields(writer: DocumentWriter, fields: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(fields)) {
    if (value instanceof RawValue) writer.append(name, value);
    else if (Buffer.isBuffer(value)) writer.document(name, value);
    else {
      const document = encodeDocument({ [name]: value });
      writer.appendElements(document, 4, document.length - 1);
    }
  }
}

/** The reply's document; the dispatcher appends the times. */
export function errorDocument(error: CommandError, labels: readonly string[]): RawDocument {
  const writer = new DocumentWriter();
  if (labels.length > 0) {
    writer.openArray('errorLabels');
    labels.forEach((label, index) => writer.string(String(index), label));
    writer.close();
  }
  writer.double('ok', 0).string('errmsg', error.message).int32('code', error.code).string('codeName', error.codeName);
  appendErrorFields(writer, error.fields);
  return writer.finish();
}

/** Errors after which a driver may send a retryable write once more. Source: specification "Retryable Writes". */
const retryableWriteCodes: ReadonlySet<number> = new Set([
  errorCodes.HostUnreachable, errorCodes.NetworkTimeout, errorCodes.ShutdownInProgress, errorCodes.NotWritablePrimary,
  errorCodes.InterruptedAtShutdown, errorCodes.InterruptedDueToReplStateChange, errorCodes.ExceededTimeLimit, 7, 189, 9001, 13435, 13436,
]);

/** Errors after which a whole transaction may be run again. Source: specification "Transactions". */
const transientTransactionCodes: ReadonlySet<number> = new Set([
  errorCodes.WriteConflict, errorCodes.SnapshotUnavailable, errorCodes.NoSuchTransaction, errorCodes.SnapshotTooOld, 24, 267,
]);

export function isRetryableWriteCode(code: number): boolean {
  return retryableWriteCodes.has(code);
}

/** Errors of `getMore` after which a change stream may be resumed. Source: specification "Change Streams", Resumable Error. */
const resumableCodes: ReadonlySet<number> = new Set([
  errorCodes.HostUnreachable, errorCodes.NetworkTimeout, errorCodes.ShutdownInProgress, errorCodes.NotWritablePrimary,
  errorCodes.InterruptedAtShutdown, errorCodes.InterruptedDueToReplStateChange, errorCodes.ExceededTimeLimit,
  7, 63, 133, 150, 189, 234, 9001, 13388, 13435, 13436,
]);

/** The error of a change stream's `getMore`, with the label that tells drivers to resume where they may. */
export function resumable(error: unknown): unknown {
  if (!(error instanceof CommandError) || !resumableCodes.has(error.code)) return error;
  return new CommandError(error.code, error.message, { labels: [...new Set([...error.labels, 'ResumableChangeStreamError'])], fields: error.fields });
}

/** Errors that end a change stream for good. Source: specification "Change Streams", Resumable Error. */
const notResumableCodes: ReadonlySet<number> = new Set([errorCodes.ChangeStreamFatalError, errorCodes.ChangeStreamHistoryLost]);

export interface LabelSituation {
  readonly inTransaction: boolean;
  /** A retryable write, `commitTransaction` or `abortTransaction`. */
  readonly mayRetryWrite: boolean;
  readonly isCommit: boolean;
}

/** The error's own labels and those that follow from its code and what the command was. */
export function labelsOf(error: CommandError, situation: LabelSituation): readonly string[] {
  const labels = new Set(error.labels);
  const { inTransaction, mayRetryWrite, isCommit } = situation;
  if (mayRetryWrite && retryableWriteCodes.has(error.code)) labels.add('RetryableWriteError');
  const isTransient = transientTransactionCodes.has(error.code) || (retryableWriteCodes.has(error.code) && !isCommit);
  if (notResumableCodes.has(error.code)) labels.add('NonResumableChangeStreamError');
  if (inTransaction && isTransient) labels.add('TransientTransactionError');
  return [...labels];
}
