// The operations that run now, for `currentOp` and `killOp`, and the means by which each of them is told to stop.
import type { RawDocument } from '../bson/raw-value.js';
import { CommandError } from '../errors.js';
import type { EngineClock } from './clock.js';
import type { Connection } from './connection.js';

export type InterruptReason = 'killed' | 'disconnected' | 'shutdown';

const interruptErrors: Record<InterruptReason, () => CommandError> = {
  killed: () => new CommandError('Interrupted', 'operation was interrupted'),
  disconnected: () => new CommandError('ClientDisconnect', 'operation was interrupted because a client disconnected'),
  shutdown: () => new CommandError('InterruptedAtShutdown', 'interrupted at shutdown'),
};

/** So long may work that cannot pause keep everybody else waiting. */
export const turnLimit_ms = 2000;

/** One command while it runs. */
export interface RunningOperation {
  readonly id: number;
  readonly connection: Connection;
  readonly commandName: string;
  /** Database and, where the command names one, collection. */
  readonly namespace: string;
  /** As it came; redact it before showing it. */
  readonly body: RawDocument;
  readonly started_ms: number;
  readonly sessionKey: string | undefined;
  deadline_ms: number | undefined;
  interruptedBy: InterruptReason | undefined;
  /** Set by commands that want `currentOp` to show how they go about it. */
  planSummary: string | undefined;
  /** Set by commands that take long in steps that can be counted. */
  progress: { readonly message: string; readonly done: number; readonly total: number } | undefined;
  /** Ends what it waits for, so that it looks whether to go on. */
  wake: (() => void) | undefined;
}

/** With its place among those that run. */
interface PlacedOperation extends RunningOperation {
  place: number;
}

export class OperationRegistry {
  /** A list and no Map: of one whose entries come and go all the time V8 keeps the tables that it outgrew, and what was in them, for long. */
  private readonly running: PlacedOperation[] = [];
  private lastId = 0;
  /** When somebody first looked in this turn of the event loop. */
  private turnStarted_ms: number | undefined;

  constructor(private readonly clock: EngineClock) {}

  start(operation: Pick<RunningOperation, 'connection' | 'commandName' | 'namespace' | 'body' | 'sessionKey'>): RunningOperation {
    this.lastId += 1;
    const started: PlacedOperation = {
      place: this.running.length,
      id: this.lastId,
      connection: operation.connection,
      commandName: operation.commandName,
      namespace: operation.namespace,
      body: operation.body,
      sessionKey: operation.sessionKey,
      started_ms: this.clock.now_ms(),
      deadline_ms: undefined,
      interruptedBy: undefined,
      planSummary: undefined,
      progress: undefined,
      wake: undefined,
    };
    this.running.push(started);
    return started;
  }

  /** What reads on for a cursor of this command belongs to other operations, with limits of their own. */
  finish(operation: RunningOperation): void {
    operation.deadline_ms = undefined;
    this.remove(operation as PlacedOperation);
  }

  /** The last one takes its place. */
  private remove(operation: PlacedOperation): void {
    const { place } = operation;
    if (this.running[place] !== operation) return;
    const last = this.running.pop()!;
    if (last === operation) return;
    this.running[place] = last;
    last.place = place;
  }

  find(id: number): RunningOperation | undefined {
    return this.running.find((operation) => operation.id === id);
  }

  all(): Iterable<RunningOperation> {
    return [...this.running];
  }

  /** Tells every operation that `matches` to stop at its next look. */
  interrupt(reason: InterruptReason, matches: (operation: RunningOperation) => boolean): void {
    for (const operation of this.all()) {
      if (!matches(operation)) continue;
      operation.interruptedBy ??= reason;
      operation.wake?.();
    }
  }

  /** Throws where the operation was told to stop or its time is over. */
  check(operation: RunningOperation): void {
    this.beginTurn();
    if (operation.interruptedBy !== undefined) throw interruptErrors[operation.interruptedBy]();
    if (operation.deadline_ms !== undefined && this.clock.now_ms() >= operation.deadline_ms) {
      throw new CommandError('MaxTimeMSExpired', 'operation exceeded time limit');
    }
  }

  /** As `check`, for loops that cannot pause as stages do: they have their limit whether or not the client set one. */
  checkTurn(operation: RunningOperation): void {
    this.check(operation);
    if (this.clock.now_ms() - this.beginTurn() >= turnLimit_ms) {
      throw new CommandError('MaxTimeMSExpired', `an expression took longer than ${turnLimit_ms} ms for one document`);
    }
  }

  /** When this turn of the event loop began, as far as anybody looked. */
  private beginTurn(): number {
    if (this.turnStarted_ms === undefined) {
      this.turnStarted_ms = this.clock.now_ms();
      setImmediate(() => {
        this.turnStarted_ms = undefined;
      });
    }
    return this.turnStarted_ms;
  }
}
