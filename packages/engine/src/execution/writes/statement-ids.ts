// Statement ids of retryable writes: `stmtId` of the first one, `stmtIds` of each, else 0, 1, 2, ...
// Source: the drivers' specification "Retryable Writes" and the server's write commands.
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';

export interface StatementIdFields {
  readonly stmtId?: number | undefined;
  readonly stmtIds?: readonly RawValue[] | undefined;
}

export function statementIdsOf({ stmtId, stmtIds }: StatementIdFields, count: number): (index: number) => number {
  if (stmtIds === undefined) return (index) => (stmtId ?? 0) + index;
  if (stmtId !== undefined) throw new CommandError('InvalidOptions', 'May not specify both stmtId and stmtIds in write command');
  if (stmtIds.length !== count) throw new CommandError('InvalidLength', `Number of statement ids must match the number of batch entries. Got ${stmtIds.length} statement ids but ${count} operations.`);
  return (index) => stmtIds[index]?.number() ?? index;
}

/** Throws InvalidLength (16) unless there are 1 to 100,000 statements. */
export function checkBatchSize(count: number): void {
  if (count >= 1 && count <= 100_000) return;
  throw new CommandError('InvalidLength', `Write batch sizes must be between 1 and 100000. Got ${count} operations.`);
}
