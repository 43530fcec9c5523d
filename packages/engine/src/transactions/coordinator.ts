// The sessions of clients and their multi-document transactions: which one is open, which one is meant, and how it ended.
// Source: the manual's page "Transactions" and the drivers' specification "Transactions".
import type { EngineClock } from '../dispatch/clock.js';
import type { RetryableStatements } from '../dispatch/retryable-statements.js';
import { CommandError } from '../errors.js';
import { successor } from '../storage/key-value.js';
import type { LmdbStorage } from '../storage/lmdb-storage.js';
import type { OplogTransaction } from '../storage/oplog-entry.js';
import { MemoryBudget } from './memory-budget.js';
import { RetryableWrites } from './retryable-writes.js';
import { decodeSessionRow, readSessionRow, removeSession, sessionKeyBytes, writeSessionRow, type SessionRow } from './session-rows.js';
import {
  alreadyStarted, noMatchingTransaction, retryableWriteTooOld, tooManyTransactions, transactionAborted, transactionTooOld,
} from './transaction-errors.js';
import { Transaction } from './transaction.js';

/** `transactionLifetimeLimitSeconds` of a mongod. */
export const lifetime_ms = 60_000;
/** `logicalSessionTimeoutMinutes` of a mongod. */
const sessionTimeout_ms = 30 * 60_000;
const maxSessions = 1_000_000;
/** Each holds a snapshot; with more of them LMDB would run out of readers, and everybody's reads with it. */
export const maxOpenTransactions = 1_000;
/** What the changes of all open transactions may hold in memory. */
const maxChangesBytes = 1024 * 1024 * 1024;
const sessionsPerSweep = 500;

interface Session {
  lastUse_ms: number;
  transaction: Transaction | undefined;
}

export interface TransactionStatistics {
  readonly sessions: number;
  readonly started: number;
  readonly committed: number;
  readonly aborted: number;
  readonly active: number;
  readonly inactive: number;
}

export class TransactionCoordinator {
  private readonly sessions = new Map<string, Session>();
  private readonly open = new Set<Transaction>();
  private readonly totals = { started: 0, committed: 0, aborted: 0 };
  private readonly memory = new MemoryBudget(maxChangesBytes);
  private sweepFrom: Buffer = Buffer.alloc(0);

  constructor(private readonly parts: { readonly storage: LmdbStorage; readonly clock: EngineClock; readonly lifetime_ms?: () => number }) {}

  /** Begins transaction `txnNumber` of the session; an older one that is still open is aborted, as MongoDB does it. */
  start(sessionKey: string, txnNumber: bigint): Transaction {
    const session = this.session(sessionKey);
    const newest = this.newestNumber(sessionKey, session);
    if (newest !== undefined && txnNumber < newest) throw transactionTooOld(sessionKey, txnNumber, newest);
    if (newest === txnNumber) throw alreadyStarted(txnNumber);
    this.abortOpen(session);
    if (this.open.size >= maxOpenTransactions) throw tooManyTransactions(maxOpenTransactions);
    const transaction = new Transaction(this.parts.storage, txnNumber, this.parts.clock.now_ms(), this.memory);
    session.transaction = transaction;
    this.open.add(transaction);
    this.totals.started += 1;
    return transaction;
  }

  /** The open transaction that a command goes on with. */
  find(sessionKey: string, txnNumber: bigint): Transaction {
    const transaction = this.session(sessionKey).transaction;
    if (transaction?.number !== txnNumber) throw noMatchingTransaction(txnNumber, transaction?.number);
    transaction.assertInProgress();
    return transaction;
  }

  /** Commits, or answers as before where it was committed already, after a restart too. */
  async commit(sessionKey: string, txnNumber: bigint): Promise<void> {
    const session = this.session(sessionKey);
    const { transaction } = session;
    if (transaction?.number !== txnNumber) {
      const row = this.storedRow(sessionKey);
      if (row?.txnNumber === txnNumber && row.kind === 'committed') return;
      throw noMatchingTransaction(txnNumber, transaction?.number);
    }
    if (transaction.state === 'committed') return;
    if (transaction.state === 'committing') {
      await transaction.ended;
      return this.commit(sessionKey, txnNumber);
    }
    if (transaction.state === 'aborted') throw transactionAborted(txnNumber);
    try {
      await transaction.commit((writer) => {
        writer.transaction = oplogTransaction(sessionKey, txnNumber);
        writeSessionRow(writer, sessionKey, { txnNumber, kind: 'committed', lastWrite_ms: this.parts.clock.now_ms() });
      });
      this.totals.committed += 1;
    } catch (error) {
      this.totals.aborted += 1;
      throw error;
    } finally {
      this.open.delete(transaction);
    }
  }

  /** Aborts an open transaction. Throws where there is none, or where it has been committed. */
  abort(sessionKey: string, txnNumber: bigint): void {
    const transaction = this.find(sessionKey, txnNumber);
    this.end(transaction);
  }

  /** After an error inside a transaction: it is over, whatever the client does next. */
  abortAfterError(transaction: Transaction): void {
    this.end(transaction);
  }

  retryable(sessionKey: string, txnNumber: bigint): RetryableStatements {
    const session = this.session(sessionKey);
    const newest = session.transaction?.number;
    if (newest !== undefined && txnNumber < newest) throw retryableWriteTooOld(sessionKey, txnNumber, newest);
    if (newest !== undefined && txnNumber > newest) this.abortOpen(session);
    return new RetryableWrites(sessionKey, txnNumber, this.parts.clock);
  }

  sessionKeys(): Iterable<string> {
    return this.sessions.keys();
  }

  /** Every session that is known, with its last use as milliseconds since the epoch. */
  *sessionUses(): Generator<{ readonly sessionKey: string; readonly lastUse_ms: number }> {
    for (const [sessionKey, { lastUse_ms }] of this.sessions) yield { sessionKey, lastUse_ms };
  }

  /** A command without a transaction number runs in the session, which begins with it. */
  use(sessionKey: string): void {
    this.session(sessionKey);
  }

  /** Keeps these from expiring; those that are not known yet begin. */
  refreshSessions(sessionKeys: Iterable<string>): void {
    for (const sessionKey of sessionKeys) this.session(sessionKey);
  }

  /** Aborts what is open in the session and forgets it. */
  async endSession(sessionKey: string): Promise<void> {
    const session = this.sessions.get(sessionKey);
    if (session !== undefined) this.abortOpen(session);
    this.sessions.delete(sessionKey);
    // Most sessions never wrote with a transaction number: for those there is nothing to remove.
    if (this.storedRow(sessionKey) !== undefined) await this.parts.storage.commits.submit((writer) => removeSession(writer, sessionKey));
  }

  /** Aborts transactions that are too old and forgets sessions nobody came back for. Called now and then. */
  async expire(): Promise<void> {
    const now_ms = this.parts.clock.now_ms();
    for (const transaction of this.open) {
      if (now_ms - transaction.started_ms > (this.parts.lifetime_ms?.() ?? lifetime_ms)) this.end(transaction);
    }
    for (const [sessionKey, session] of this.sessions) {
      if (session.transaction?.state !== 'in progress' && now_ms - session.lastUse_ms > sessionTimeout_ms) this.sessions.delete(sessionKey);
    }
    await this.sweepRows(now_ms);
  }

  abortAll(): void {
    for (const transaction of this.open) this.end(transaction);
  }

  statistics(): TransactionStatistics {
    const active = [...this.open].filter(({ activeCommands }) => activeCommands > 0).length;
    return { sessions: this.sessions.size, ...this.totals, active, inactive: this.open.size - active };
  }

  private session(sessionKey: string): Session {
    const now_ms = this.parts.clock.now_ms();
    const known = this.sessions.get(sessionKey);
    if (known !== undefined) {
      known.lastUse_ms = now_ms;
      return known;
    }
    if (this.sessions.size >= maxSessions) throw new CommandError('TooManyLogicalSessions', `cannot add session into the cache: there are ${maxSessions}`);
    const session: Session = { lastUse_ms: now_ms, transaction: undefined };
    this.sessions.set(sessionKey, session);
    return session;
  }

  private newestNumber(sessionKey: string, session: Session): bigint | undefined {
    const stored = this.storedRow(sessionKey)?.txnNumber;
    const open = session.transaction?.number;
    if (stored === undefined || open === undefined) return stored ?? open;
    return stored > open ? stored : open;
  }

  private storedRow(sessionKey: string): ReturnType<typeof readSessionRow> {
    const snapshot = this.parts.storage.openSnapshot();
    try {
      return readSessionRow(snapshot.view, sessionKey);
    } finally {
      snapshot.close();
    }
  }

  private abortOpen(session: Session): void {
    if (session.transaction !== undefined) this.end(session.transaction);
  }

  private end(transaction: Transaction): void {
    if (transaction.state !== 'in progress') return;
    transaction.abort();
    if (this.open.delete(transaction)) this.totals.aborted += 1;
  }

  /** A bounded piece of the table of sessions at a time, going round. */
  private async sweepRows(now_ms: number): Promise<void> {
    const snapshot = this.parts.storage.openSnapshot();
    let expired: string[];
    try {
      const end = Buffer.alloc(sessionKeyBytes + 5, 0xff);
      const { entries, isLast } = snapshot.view.range('sessions', { start: this.sweepFrom, end, reverse: false, limit: sessionsPerSweep });
      this.sweepFrom = isLast ? Buffer.alloc(0) : successor(entries[entries.length - 1]!.key);
      expired = entries.filter(({ key, value }) => key.length === sessionKeyBytes && isExpired(decodeSessionRow(value), now_ms)).map(({ key }) => key.toString('hex'));
    } finally {
      snapshot.close();
    }
    if (expired.length === 0) return;
    await this.parts.storage.commits.submit((writer) => {
      for (const sessionKey of expired) {
        // It may have been used since it was found.
        const row = readSessionRow(writer, sessionKey);
        if (row !== undefined && isExpired(row, now_ms)) removeSession(writer, sessionKey);
      }
    });
  }
}

/** A session's key is the 16 bytes of its id and the 32 of its user's digest. */
function oplogTransaction(sessionKey: string, txnNumber: bigint): OplogTransaction {
  const bytes = Buffer.from(sessionKey, 'hex');
  return { sessionId: bytes.subarray(0, 16), userDigest: bytes.subarray(16), txnNumber };
}

function isExpired({ lastWrite_ms }: SessionRow, now_ms: number): boolean {
  return now_ms - lastWrite_ms > sessionTimeout_ms;
}
