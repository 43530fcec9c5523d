// Which commands may be part of a multi-document transaction, and which may be retryable writes.
// Source: the manual's pages "Transactions and Operations" and "Retryable Writes".
import type { RawValue } from '../bson/raw-value.js';
import { BsonType } from '../bson/types.js';
import { CommandError } from '../errors.js';
import type { CommandDefinition } from './command.js';
import type { CommandContext } from './context.js';
import type { GenericArguments } from './generic-arguments.js';

/** Commands that end a transaction: they name it, but are no part of it. */
const endingCommands: ReadonlySet<string> = new Set(['commitTransaction', 'abortTransaction']);
const forbiddenDatabases: ReadonlySet<string> = new Set(['admin', 'config', 'local']);

/** Whether the command is `commitTransaction` or `abortTransaction`. */
export function endsTransaction(definition: CommandDefinition): boolean {
  return endingCommands.has(definition.name);
}

/** Throws 263 where the command must not run in a transaction, 50768 where it must not have a transaction number. */
export function checkTransactionRules(definition: CommandDefinition, generic: GenericArguments, database: string): void {
  if (generic.txnNumber === undefined) return;
  if (endsTransaction(definition)) {
    if (generic.autocommit !== false) throw new CommandError('InvalidOptions', `${definition.name} must be run within a transaction`);
    return;
  }
  if (generic.autocommit === false) checkPart(definition, generic, database);
  else if (definition.retryableWrite !== true) {
    throw new CommandError(
      50768,
      'txnNumber may only be provided for multi-document transactions and retryable write commands. autocommit:false was not provided, ' +
        `and ${definition.name} is not a retryable write command.`,
    );
  }
}

/** The transaction that a command which ends one names. */
export function transactionOf({ sessionKey }: CommandContext, txnNumber: RawValue | undefined): { readonly sessionKey: string; readonly number: bigint } {
  if (sessionKey === undefined || txnNumber?.type !== BsonType.long) {
    throw new CommandError('InvalidOptions', 'a transaction is ended with its session (lsid) and its number (txnNumber)');
  }
  return { sessionKey, number: txnNumber.int64() };
}

function checkPart(definition: CommandDefinition, generic: GenericArguments, database: string): void {
  const refuse = (message: string): never => {
    throw new CommandError('OperationNotSupportedInTransaction', message);
  };
  if (definition.name === 'count') {
    refuse(
      "Cannot run 'count' in a multi-document transaction. Please see http://dochub.mongodb.org/core/transaction-count for a recommended alternative.",
    );
  }
  if (definition.inTransactions !== true) refuse(`Cannot run '${definition.name}' in a multi-document transaction.`);
  // Bulk writes of several databases run on `admin` and name their namespaces themselves.
  if (forbiddenDatabases.has(database) && definition.name !== 'bulkWrite' && definition.name !== 'getMore') {
    refuse(`Cannot run command against the '${database}' database in a transaction.`);
  }
  if (generic.readConcern !== undefined && generic.startTransaction !== true) {
    throw new CommandError('InvalidOptions', 'Only the first command in a transaction may specify a readConcern');
  }
  if (generic.writeConcern !== undefined) {
    throw new CommandError('InvalidOptions', 'writeConcern is not allowed within a multi-statement transaction');
  }
}
