// Answers a retryable write the second time as it was answered the first time; the answer is kept in the write's own commit.
// Source: the drivers' specification "Retryable Writes".
import type { RawDocument } from '../bson/raw-value.js';
import type { EngineClock } from '../dispatch/clock.js';
import type { RetryableStatements } from '../dispatch/retryable-statements.js';
import type { KeyValueView, KeyValueWriter } from '../storage/key-value.js';
import type { ReadUnit, WriteUnit } from '../storage/units.js';
import { ViewReader } from '../storage/view-reader.js';
import { readStatement, storedSession, writeStatement, type SessionRow, type StoredSession } from './session-rows.js';
import { notARetryableWrite, retryableWriteTooOld } from './transaction-errors.js';

export class RetryableWrites implements RetryableStatements {
  /** The row as this command read or wrote it last within a unit, where nobody else writes: its many statements need not read it again. */
  private known: { readonly view: KeyValueView; readonly session: StoredSession | undefined } | undefined;

  constructor(
    private readonly sessionKey: string,
    private readonly txnNumber: bigint,
    private readonly clock: EngineClock,
  ) {}

  find(unit: ReadUnit, statementId: number): RawDocument | undefined {
    const view = viewOf(unit);
    const stored = this.session(view);
    if (stored === undefined) return undefined;
    const { row } = stored;
    if (row.txnNumber < this.txnNumber) return undefined;
    if (row.txnNumber > this.txnNumber) throw retryableWriteTooOld(this.sessionKey, this.txnNumber, row.txnNumber);
    if (row.kind !== 'retryable') throw notARetryableWrite(this.txnNumber);
    return readStatement(view, this.sessionKey, stored, statementId);
  }

  record(unit: WriteUnit, statementId: number, result: RawDocument): void {
    this.recordAlike(unit, statementId, 1, result);
  }

  recordAlike(unit: WriteUnit, statementId: number, count: number, result: RawDocument): void {
    const writer = viewOf(unit) as KeyValueWriter;
    const row: SessionRow = { txnNumber: this.txnNumber, kind: 'retryable', lastWrite_ms: this.clock.now_ms() };
    const session = writeStatement(writer, this.sessionKey, this.session(writer), row, { statementId, count, answer: result });
    this.known = { view: writer, session };
  }

  endUnit(): void {
    this.known = undefined;
  }

  private session(view: KeyValueView): StoredSession | undefined {
    if (this.known?.view !== view) this.known = { view, session: storedSession(view, this.sessionKey) };
    return this.known.session;
  }
}

/** The rows below a unit of this storage. */
function viewOf(unit: ReadUnit): KeyValueView {
  if (!(unit instanceof ViewReader)) throw new TypeError('the unit is not one of this storage');
  return unit.view as KeyValueView;
}
