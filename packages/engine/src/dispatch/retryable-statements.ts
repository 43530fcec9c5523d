// What makes a retryable write answer the second time what it answered the first time.
// Source: the drivers' specification "Retryable Writes".
import type { RawDocument } from '../bson/raw-value.js';
import type { ReadUnit, WriteUnit } from '../storage/units.js';

/** The result of one statement of a retryable write, as it was answered the first time. */
export interface RetryableStatements {
  /** The stored answer of this statement, if the same `lsid` + `txnNumber` already ran it. */
  find(unit: ReadUnit, statementId: number): RawDocument | undefined;
  /** Stores the answer in the same commit as the write. */
  record(unit: WriteUnit, statementId: number, result: RawDocument): void;
  /** As `record`, of so many statements with ids that follow one another; where it is missing, each is recorded by itself. */
  recordAlike?(unit: WriteUnit, firstStatementId: number, count: number, result: RawDocument): void;
  /** The unit that statements were recorded in is over: nothing of it is held any longer. */
  endUnit?(): void;
}
