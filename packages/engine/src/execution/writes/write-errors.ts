// `writeErrors` of insert, update and delete: one document per statement that failed.
// Source: the manual's "Insert", Output.
import type { RawDocument } from '../../bson/raw-value.js';
import { DocumentWriter } from '../../bson/writer.js';
import { appendErrorFields } from '../../dispatch/error-reply.js';
import { CommandError, errorCodes } from '../../errors.js';

export interface WriteError {
  /** Position of the statement in the command. */
  readonly index: number;
  readonly error: CommandError;
}

/** Errors that end the whole command (and its unit) rather than one statement. */
const wholeCommandCodes: ReadonlySet<number> = new Set([
  errorCodes.WriteConflict, errorCodes.MaxTimeMSExpired, errorCodes.Interrupted, errorCodes.InterruptedAtShutdown, errorCodes.NoSuchTransaction,
  errorCodes.TransactionTooLarge, errorCodes.OutOfDiskSpace, errorCodes.CommandNotSupportedOnView, errorCodes.InvalidNamespace,
  errorCodes.DatabaseDifferCase, errorCodes.TransactionTooOld, errorCodes.ClientDisconnect, errorCodes.ShutdownInProgress,
]);

/**
 * The error as one of a statement; anything else is thrown on. In a transaction that is everything but a duplicate key:
 * storage has noted the refusal then, and the transaction ends with the command.
 */
export function asStatementError(error: unknown, inTransaction: boolean): CommandError {
  if (!(error instanceof CommandError) || error.labels.length > 0 || wholeCommandCodes.has(error.code)) throw error;
  if (inTransaction && error.code !== errorCodes.DuplicateKey) throw error;
  return error;
}

export function appendWriteErrors(writer: DocumentWriter, errors: readonly WriteError[]): void {
  if (errors.length === 0) return;
  writer.openArray('writeErrors');
  errors.forEach(({ index, error }, position) => {
    writer.openDocument(String(position)).int32('index', index).int32('code', error.code);
    appendErrorFields(writer, error.fields);
    writer.string('errmsg', error.message).close();
  });
  writer.close();
}

/** The reply of insert and delete, and of update without its own counts. */
export function writeReply(n: number, errors: readonly WriteError[]): RawDocument {
  const writer = new DocumentWriter().int32('n', n);
  appendWriteErrors(writer, errors);
  return writer.double('ok', 1).finish();
}
