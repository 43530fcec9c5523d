// Statements whose outcome is written down with what they change, so that a retry is answered instead of done again.
// Source: the specification "Retryable Writes".
import type { RawDocument } from '../../bson/raw-value.js';
import type { CommandContext } from '../../dispatch/context.js';
import type { WriteUnit } from '../../storage/units.js';
import { runStatements, type StatementResults } from './statements.js';

/** Notes the outcome of a retryable statement in the unit of its write. */
export type Recorder<Outcome> = (unit: WriteUnit, outcome: Outcome) => void;

/** The outcome, noted. */
export function recorded<Outcome>(unit: WriteUnit, outcome: Outcome, record: Recorder<Outcome>): Outcome {
  record(unit, outcome);
  return outcome;
}

export interface RetryableRun<Outcome> {
  readonly count: number;
  readonly ordered: boolean;
  readonly statementId: (index: number) => number;
  /** Runs one statement within a unit; undefined where `isBounded` and it is too large for that, and nothing was changed. */
  runInUnit(unit: WriteUnit, index: number, isBounded: boolean): Outcome | undefined;
  /** Runs a statement that is too large for one unit. */
  runInParts(index: number, record: Recorder<Outcome>): Promise<Outcome>;
  encode(outcome: Outcome): RawDocument;
  /** What `encode` made of the outcome of this statement. */
  decode(answer: RawDocument, index: number): Outcome;
}

/** As `runStatements`; what was answered before is answered alike. */
export function runRetryableStatements<Outcome>(run: RetryableRun<Outcome>, context: CommandContext): Promise<StatementResults<Outcome>> {
  const { retryable, inTransaction } = context;
  const record = (unit: WriteUnit, index: number, outcome: Outcome): void => retryable?.record(unit, run.statementId(index), run.encode(outcome));
  return runStatements(context, {
    count: run.count,
    ordered: run.ordered,
    runInUnit: (unit, index) => {
      const answered = retryable?.find(unit, run.statementId(index));
      if (answered !== undefined) return run.decode(answered, index);
      const outcome = run.runInUnit(unit, index, !inTransaction);
      if (outcome !== undefined) record(unit, index, outcome);
      return outcome;
    },
    runInParts: (index) => run.runInParts(index, (unit, outcome) => record(unit, index, outcome)),
  });
}

/** Statements that are compiled when their turn comes. The latest one is remembered: it may need more than one unit. */
export function compiledInTurn<Statement>(compile: (index: number) => Statement): (index: number) => Statement {
  let latest: { readonly index: number; readonly statement: Statement } | undefined;
  return (index) => {
    if (latest?.index !== index) latest = { index, statement: compile(index) };
    return latest.statement;
  };
}
