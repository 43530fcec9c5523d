// What a kind of operation is made of. One file per kind under operations/; the journal runs them all the same way.
import type { z } from 'zod';
import type { OperationKind, OperationProgress } from '../domain/operation.js';
import type { ControlStores } from '../ports/control-database.js';

export interface OperationContext<Params> {
  readonly operationId: string;
  readonly userId: string;
  readonly databaseId: string;
  readonly params: Params;
  readonly startedAt: Date;
  /** Aborts when the lease is lost or the process stops; long steps watch it. */
  readonly signal: AbortSignal;
}

/** What a long step writes down on its way, for whoever goes on with it, and for those who watch. */
export interface StepNotes {
  readonly checkpoint?: Readonly<Record<string, unknown>>;
  readonly progress?: OperationProgress;
}

/** This replica stops: the step is left as far as it has come, and goes on elsewhere, or here after the next start. */
export class ReplicaStopping extends Error {
  override readonly name = 'ReplicaStopping';
}

export interface NotedContext<Params> extends OperationContext<Params> {
  /** What was written down last, by this step or one before. */
  readonly checkpoint: Readonly<Record<string, unknown>>;
}

export interface StepContext<Params> extends NotedContext<Params> {
  /** Aborts when this replica stops, with ReplicaStopping; a step that may take longer than a stop should throws that. */
  readonly stopping: AbortSignal;
  /** Replaces what is given. Throws LeaseLost: nothing more is to be done. */
  note(notes: StepNotes): Promise<void>;
}

/**
 * One effect outside the operation's own record. Both `apply` and `undo` are idempotent: after a crash they run again, and
 * find out by themselves what has already happened. They throw TransientFailure to be tried again.
 */
export interface EffectStep<Params> {
  readonly name: string;
  apply(context: StepContext<Params>): Promise<void>;
  /** Absent: nothing outside is left of this step. */
  undo?(context: StepContext<Params>): Promise<void>;
}

/**
 * A change of the control database on the way, in one transaction with a check of the lease: a replica that was only slow
 * cannot do it again after another has taken over. Once it is done the operation only goes forward.
 */
export interface RecordStep<Params> {
  readonly name: string;
  record(stores: ControlStores, context: OperationContext<Params>): Promise<void>;
}

export type OperationStepDefinition<Params> = EffectStep<Params> | RecordStep<Params>;

export interface OperationDefinition<Params extends object> {
  readonly kind: OperationKind;
  /** Parses what the journal kept (a record is a boundary like any other). */
  readonly params: z.ZodType<Params>;
  /** The first step: shares one transaction with the operation's record, so that neither is there without the other. */
  readonly reservation: {
    readonly name: string;
    /** Returns the parameters that are kept, with what it found out added. What it throws is thrown on to the caller. */
    apply(stores: ControlStores, context: OperationContext<Params>): Promise<Params>;
    /** Shares one transaction with closing the operation as failed. */
    undo(stores: ControlStores, context: OperationContext<Params>): Promise<void>;
  };
  /** Other databases that it keeps for itself; absent: none. */
  alsoLocks?(params: Params): readonly string[];
  readonly steps: readonly OperationStepDefinition<Params>[];
  /** The last step: shares one transaction with closing the operation as succeeded. Returns its result, without secrets. */
  readonly conclusion: {
    readonly name: string;
    apply(stores: ControlStores, context: NotedContext<Params>): Promise<Readonly<Record<string, unknown>>>;
  };
  /** What happens when a step fails for good: take everything back, or keep at it (for what must not be taken back). */
  readonly onFailure: 'undo' | 'keep_trying';
}

interface Named {
  readonly name: string;
}

/** As much of a definition as says what its steps are called. */
export interface NamedSteps {
  readonly reservation: Named;
  readonly steps: readonly Named[];
  readonly conclusion: Named;
}

/** The names of all steps, in the order they run. */
export function stepNames(definition: NamedSteps): readonly string[] {
  return [definition.reservation.name, ...definition.steps.map((step) => step.name), definition.conclusion.name];
}
