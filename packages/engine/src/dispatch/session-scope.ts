// Runs a command in the session and transaction that its arguments name, or in none.
import type { Transaction } from '../transactions/transaction.js';
import type { CommandDefinition } from './command.js';
import type { GenericArguments } from './generic-arguments.js';
import { LatestUnits, type RunningCommandParts, type UnitAccess } from './running-command.js';
import type { CommandServices } from './services.js';
import { endsTransaction } from './transaction-rules.js';

/** Where a command reads and writes, and whether that is a transaction. */
export type SessionAccess = Pick<RunningCommandParts, 'units' | 'inTransaction' | 'retryable' | 'snapshot'>;

export interface SessionPlace {
  readonly definition: CommandDefinition;
  readonly generic: GenericArguments;
  readonly sessionKey: string | undefined;
}

/** Runs a command as its session and transaction number have it: outside of transactions, as a retryable write, or in a transaction. */
export function runInSession<T>(services: CommandServices, place: SessionPlace, work: (access: SessionAccess) => Promise<T> | T): Promise<T> | T {
  const { definition, generic, sessionKey } = place;
  const { txnNumber, autocommit, startTransaction } = generic;
  const latest = new LatestUnits(services);
  const { transactions } = services;
  if (sessionKey !== undefined && txnNumber === undefined) transactions.use(sessionKey);
  if (sessionKey === undefined || txnNumber === undefined || endsTransaction(definition)) return work(outside(services, latest, generic));
  if (autocommit === undefined) return work({ units: latest, inTransaction: false, retryable: transactions.retryable(sessionKey, txnNumber), snapshot: undefined });
  const transaction = startTransaction === true ? transactions.start(sessionKey, txnNumber) : transactions.find(sessionKey, txnNumber);
  return runInTransaction(services, transaction, work);
}

/** Outside of transactions: the latest state, or the one that the read concern names. */
function outside({ snapshotReads }: CommandServices, latest: LatestUnits, { readConcern }: GenericArguments): SessionAccess {
  if (readConcern?.level !== 'snapshot') return { units: latest, inTransaction: false, retryable: undefined, snapshot: undefined };
  const snapshot = snapshotReads.at(readConcern.atClusterTime);
  const units: UnitAccess = { read: (read) => snapshot.read(read), write: (work, checkInterrupt) => latest.write(work, checkInterrupt) };
  return { units, inTransaction: false, retryable: undefined, snapshot };
}

/** An error inside a transaction ends it; so does a write that was refused within a command that went on. */
async function runInTransaction<T>(services: CommandServices, transaction: Transaction, work: (access: SessionAccess) => Promise<T> | T): Promise<T> {
  transaction.activeCommands += 1;
  try {
    const result = await work({ units: transaction, inTransaction: true, retryable: undefined, snapshot: undefined });
    if (transaction.hasRefusedWrite) services.transactions.abortAfterError(transaction);
    return result;
  } catch (error) {
    services.transactions.abortAfterError(transaction);
    throw error;
  } finally {
    transaction.activeCommands -= 1;
  }
}
