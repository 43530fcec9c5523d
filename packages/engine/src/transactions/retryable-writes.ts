// Answers a retryable write the second time as it was answered the first time; the answer is kept in the write's own commit.
// Source: the drivers' specification "Retryable Writes".
import type { RawDocument } from '../bson/raw-value.js';
import type { EngineClock } from '../dispatch/clock.js';
import type { RetryableStatements } from '../dispatch/retryable-statements.js';
import { CommandError } from '../errors.js';
import type { KeyValueView, KeyValueWriter } from '../storage/key-value.js';
import type { ReadUnit, WriteUnit } from '../storage/units.js';
import { ViewReader } from '../storage/view-reader.js';
import { readSessionRow, readStatement, writeSessionRow, writeStatement } from './session-rows.js';

export class RetryableWrites implements RetryableStatements {
  constructor(
    private readonly sessionKey: string,
    private readonly txnNumber: bigint,
    private readonly clock: EngineClock,
  ) {}

  find(unit: ReadUnit, statementId: number): RawDocument | undefined {
    const view = viewOf(unit);
    const row = readSessionRow(view, this.sessionKey);
    if (row === undefined || row.txnNumber < this.txnNumber) return undefined;
    if (row.txnNumber > this.txnNumber) throw tooOld(this.txnNumber, row.txnNumber);
    if (row.kind !== 'retryable') throw new CommandError('IncompleteTransactionHistory', `Transaction ${this.txnNumber} was a multi-document transaction, not a retryable write`);
    return readStatement(view, this.sessionKey, statementId);
  }

  record(unit: WriteUnit, statementId: number, result: RawDocument): void {
    const writer = viewOf(unit) as KeyValueWriter;
    writeSessionRow(writer, this.sessionKey, { txnNumber: this.txnNumber, kind: 'retryable', lastWrite_ms: this.clock.now_ms() });
    writeStatement(writer, this.sessionKey, statementId, result);
  }
}

export function tooOld(given: bigint, newest: bigint): CommandError {
  return new CommandError('TransactionTooOld', `Retryable write with txnNumber ${given} is prohibited because a newer transaction with txnNumber ${newest} has already started on this session.`);
}

/** The rows below a unit of this storage. */
function viewOf(unit: ReadUnit): KeyValueView {
  if (!(unit instanceof ViewReader)) throw new TypeError('the unit is not one of this storage');
  return unit.view as KeyValueView;
}
