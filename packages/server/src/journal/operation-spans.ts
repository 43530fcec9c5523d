// The spans of an operation: one for each run, below whatever began it, and one for each attempt at a step.
import type { OperationRecord } from '../domain/operation.js';
import type { Tracing } from '../ports/tracing.js';

interface Ending {
  /** Undefined: it went well. */
  readonly failure: string | undefined;
}

/** Runs the work in a span of this operation; `ending` tells how it ended, and what it throws is thrown on. */
export async function inOperationSpan<Result extends { readonly state: string }>(
  tracing: Tracing, { _id, kind, user_id, database_id, lease, traceparent }: OperationRecord, work: () => Promise<Result>, ending: (outcome: Result | Error) => Ending,
): Promise<Result> {
  const span = tracing.start('operation', `operation ${kind}`, {
    'freehold.operation.id': _id, 'freehold.operation.kind': kind, 'freehold.operation.is_resumed': lease.fencing_token > 1, 'freehold.user_id': user_id, 'freehold.database_id': database_id,
  }, traceparent);
  try {
    const outcome = await span.within(work);
    span.set({ 'freehold.operation.outcome': outcome.state });
    const { failure } = ending(outcome);
    if (failure !== undefined) span.fail(failure);
    return outcome;
  } catch (error) {
    span.fail(ending(error instanceof Error ? error : new Error('thrown')).failure ?? 'UNKNOWN');
    throw error;
  } finally {
    span.end();
  }
}

export interface TracedStep {
  readonly name: string;
  readonly direction: 'apply' | 'undo';
  readonly attempt: number;
}

/** Runs one attempt at a step in a span; the work does not throw what a step fails with. */
export async function inStepSpan<Result>(tracing: Tracing, { name, direction, attempt }: TracedStep, work: () => Promise<Result>, ending: (result: Result) => Ending): Promise<Result> {
  const title = direction === 'apply' ? `step ${name}` : `undo ${name}`;
  const span = tracing.start('step', title, { 'freehold.step.name': name, 'freehold.step.direction': direction, 'freehold.step.attempt': attempt });
  try {
    const result = await span.within(work);
    const { failure } = ending(result);
    if (failure !== undefined) span.fail(failure);
    return result;
  } finally {
    span.end();
  }
}
