// Runs the statements of a write command: as many as fit into one unit of writing, then the next ones, in order. What each
// statement does to its unit is kept even where a later one fails, as MongoDB does outside of transactions.
import type { CommandContext } from '../../dispatch/context.js';
import type { WriteUnit } from '../../storage/units.js';
import { asStatementError, type WriteError } from './write-errors.js';

/** One unit of writing takes so long at most, or so many statements. */
const unit_ms = 20;
const maxStatementsPerUnit = 1000;

export interface StatementRun<Outcome> {
  readonly count: number;
  readonly ordered: boolean;
  /**
   * Runs one statement within a unit; undefined where it is too large for that, and nothing was changed. May be called again
   * with the same index.
   */
  runInUnit(unit: WriteUnit, index: number): Outcome | undefined;
  /** Ends the unit, whatever became of its statements. */
  endUnit?(unit: WriteUnit): void;
  /** Runs a statement that is too large for one unit. Never called in a transaction. */
  runInParts?(index: number): Promise<Outcome>;
}

export interface StatementResults<Outcome> {
  readonly outcomes: readonly { readonly index: number; readonly outcome: Outcome }[];
  readonly errors: readonly WriteError[];
}

interface UnitResult<Outcome> {
  next: number;
  readonly outcomes: { readonly index: number; readonly outcome: Outcome }[];
  readonly errors: WriteError[];
  /** The statement `next` needs several units. */
  isTooLarge: boolean;
}

function runUnit<Outcome>(unit: WriteUnit, run: StatementRun<Outcome>, from: number, { inTransaction, retryable }: CommandContext): UnitResult<Outcome> {
  const result: UnitResult<Outcome> = { next: from, outcomes: [], errors: [], isTooLarge: false };
  runStatementsOf(unit, run, result, inTransaction);
  run.endUnit?.(unit);
  retryable?.endUnit?.();
  return result;
}

function runStatementsOf<Outcome>(unit: WriteUnit, run: StatementRun<Outcome>, result: UnitResult<Outcome>, inTransaction: boolean): void {
  const from = result.next;
  const end = performance.now() + unit_ms;
  for (let index = from; index < run.count; index += 1) {
    result.next = index;
    const hadEnough = !inTransaction && index > from && (index - from >= maxStatementsPerUnit || performance.now() >= end);
    if (hadEnough) return;
    try {
      const outcome = run.runInUnit(unit, index);
      if (outcome === undefined) {
        result.isTooLarge = true;
        return;
      }
      result.outcomes.push({ index, outcome });
    } catch (error) {
      result.errors.push({ index, error: asStatementError(error, inTransaction) });
      if (run.ordered || inTransaction) break;
    }
  }
  result.next = run.count;
}

/** Runs all statements, or up to the first error where they are ordered. */
export async function runStatements<Outcome>(context: CommandContext, run: StatementRun<Outcome>): Promise<StatementResults<Outcome>> {
  const outcomes: { index: number; outcome: Outcome }[] = [];
  const errors: WriteError[] = [];
  let next = 0;
  while (next < run.count) {
    const from = next;
    // Units follow one another: statements run in their order.
    const result = await context.write((unit) => runUnit(unit, run, from, context));
    if (from === 0 && result.next === run.count) return result;
    outcomes.push(...result.outcomes);
    errors.push(...result.errors);
    next = result.next;
    if (!result.isTooLarge || run.runInParts === undefined) continue;
    try {
      outcomes.push({ index: next, outcome: await run.runInParts(next) });
    } catch (error) {
      errors.push({ index: next, error: asStatementError(error, false) });
      if (run.ordered) break;
    }
    next += 1;
  }
  return { outcomes, errors };
}
