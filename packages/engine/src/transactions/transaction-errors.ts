// What sessions and transactions refuse, in MongoDB's words. Source: the server's transaction_participant.cpp.
import { CommandError } from '../errors.js';

const transient = { labels: ['TransientTransactionError'] } as const;

/** Source: the manual's page "Production Considerations", write conflicts. */
export function writeConflict(): CommandError {
  return new CommandError(
    'WriteConflict',
    'Caused by :: Write conflict during plan execution and yielding is disabled. :: Please retry your operation or multi-document transaction.',
    transient,
  );
}

/** NoSuchTransaction (251): the transaction was aborted. */
export function transactionAborted(txnNumber: bigint): CommandError {
  return new CommandError('NoSuchTransaction', `Transaction with { txnNumber: ${String(txnNumber)} } has been aborted.`, transient);
}

/** TransactionCommitted (256). */
export function transactionCommitted(txnNumber: bigint): CommandError {
  return new CommandError('TransactionCommitted', `Transaction with { txnNumber: ${String(txnNumber)} } has been committed.`);
}

/** NoSuchTransaction (251): the session is in another transaction, or in none. */
export function noMatchingTransaction(txnNumber: bigint, active: bigint | undefined): CommandError {
  return new CommandError(
    'NoSuchTransaction',
    `Given transaction number ${String(txnNumber)} does not match any in-progress transactions. The active transaction number is ${String(active ?? -1n)}`,
    transient,
  );
}

/** Location50911: a transaction of this number is there already, or has been. */
export function alreadyStarted(txnNumber: bigint): CommandError {
  return new CommandError(
    50_911,
    `Cannot start a transaction at given transaction number ${String(txnNumber)} a transaction with the same number is already in progress or has ended`,
  );
}

/** TransactionTooOld (225): the session has gone on to a later transaction. */
export function transactionTooOld(sessionKey: string, txnNumber: bigint, newest: bigint): CommandError {
  return new CommandError(
    'TransactionTooOld',
    `Cannot start transaction with { txnNumber: ${String(txnNumber)} } on session ${sessionName(sessionKey)} because a newer transaction with ` +
      `txnNumber ${String(newest)} has already started on this session.`,
  );
}

/** TransactionTooOld (225): the session has gone on to a later transaction. */
export function retryableWriteTooOld(sessionKey: string, txnNumber: bigint, newest: bigint): CommandError {
  return new CommandError(
    'TransactionTooOld',
    `Retryable write with txnNumber ${String(txnNumber)} is prohibited on session ${sessionName(sessionKey)} because a newer transaction with ` +
      `txnNumber ${String(newest)} has already started on this session.`,
  );
}

/** IncompleteTransactionHistory (217): the number was that of a transaction. */
export function notARetryableWrite(txnNumber: bigint): CommandError {
  return new CommandError(
    'IncompleteTransactionHistory',
    `Transaction ${String(txnNumber)} was a multi-document transaction, not a retryable write`,
  );
}

/** A limit of this engine; the label makes drivers try again. */
export function tooManyTransactions(limit: number): CommandError {
  return new CommandError('TooManyLogicalSessions', `cannot start a transaction: ${String(limit)} are open`, transient);
}

/** Source: the manual's page "Transactions and Operations". */
export function notInTransactions(command: string): CommandError {
  return new CommandError('OperationNotSupportedInTransaction', `Cannot run '${command}' in a multi-document transaction.`);
}

/** Source: the manual's page "Transactions and Operations", create indexes in transactions. */
export function indexOnExistingCollection(namespace: string): CommandError {
  return new CommandError(
    'OperationNotSupportedInTransaction',
    `Cannot create new indexes on existing collection ${namespace} in a multi-document transaction.`,
  );
}

/** Source: the manual's page "Capped Collections", behaviors and limitations. */
export function cappedInTransaction(namespace: string): CommandError {
  return new CommandError(
    'OperationNotSupportedInTransaction',
    `Collection '${namespace}' is a capped collection. Writes in transactions are not allowed on capped collections.`,
  );
}

/** The session's own id; the digest of its user behind it tells a client nothing. */
function sessionName(sessionKey: string): string {
  return sessionKey.slice(0, 32);
}
