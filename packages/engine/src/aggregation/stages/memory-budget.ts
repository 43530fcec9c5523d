// What one stage holds. A stage that can go on from temporary files does so when its part is used up; others end with an error.
// Source: the manual's page "Aggregation Pipeline Limits".
import { CommandError } from '../../errors.js';
import type { StageContext } from '../stage.js';
import { memoryOnly, type WorkingMemory } from '../working-memory.js';

/** Stages that have no use for temporary files may hold so many times more where they are allowed. */
export const withDiskUseFactor = 10;
/** Whatever others hold, a stage may hold so much. */
const ownShareBytes = 4 * 1024 * 1024;

/** How many additions go by between two looks at whether the operation must stop. */
const interruptInterval = 1024;

/** Where a budget is counted, and how the operation is told to stop. */
export interface BudgetContext {
  readonly memory?: WorkingMemory | undefined;
  readonly sources: Pick<StageContext['sources'], 'checkInterrupt'>;
}

/** Counts the bytes that a stage holds, and lets the operation be interrupted while it gathers them. */
export class MemoryBudget {
  private usedBytes = 0;
  private additions = 0;
  private readonly memory: WorkingMemory;

  constructor(
    private readonly context: BudgetContext,
    private readonly limitBytes: number,
    private readonly exceeded: (limitBytes: number) => string,
  ) {
    this.memory = context.memory ?? memoryOnly;
  }

  /** Notes that so many more bytes are held; false: it is too much. */
  hold(bytes: number): boolean {
    this.usedBytes += bytes;
    this.memory.pool.heldBytes += bytes;
    this.additions += 1;
    if (this.additions % interruptInterval === 0) this.context.sources.checkInterrupt();
    return this.usedBytes <= this.limitBytes && !(this.memory.pool.isFull && this.usedBytes > ownShareBytes);
  }

  /** As `hold`; throws QueryExceededMemoryLimitNoDiskUseAllowed past the limit, ExceededMemoryLimit where others leave no room. */
  add(bytes: number): void {
    if (!this.hold(bytes)) this.refuse();
  }

  /** Whether a stage that cannot let go of what it holds may hold more yet: so many times its limit, while others leave room for it. */
  isBearable(factor: number): boolean {
    return this.usedBytes <= this.limitBytes * factor && !this.isCrowded;
  }

  /** Everybody together holds too much, and this stage more than its part. */
  private get isCrowded(): boolean {
    return this.memory.pool.isFull && this.usedBytes > this.limitBytes;
  }

  refuse(): never {
    if (this.usedBytes > this.limitBytes && !this.isCrowded) throw new CommandError('QueryExceededMemoryLimitNoDiskUseAllowed', this.exceeded(this.limitBytes));
    throw new CommandError('ExceededMemoryLimit', `the operations that run now hold more than ${this.memory.pool.limitBytes} bytes; try again when there are fewer of them`);
  }

  release(bytes: number): void {
    this.usedBytes -= bytes;
    this.memory.pool.heldBytes -= bytes;
  }

  /** Nothing is held any more. */
  close(): void {
    this.release(this.usedBytes);
  }
}

/** More where disk may be used and there is none, or no use for it. */
function limitOf(limitBytes: number, { allowDiskUse }: StageContext, canSpill: boolean): number {
  return allowDiskUse && !canSpill ? limitBytes * withDiskUseFactor : limitBytes;
}

/** Whether what the stage cannot hold goes to temporary files. */
export function spillsOf({ memory = memoryOnly, allowDiskUse }: StageContext): WorkingMemory['disk'] {
  return allowDiskUse ? memory.disk : undefined;
}

/** The budget of a stage that groups or gathers. */
export function stageBudget(stageName: string, context: StageContext, canSpill = false): MemoryBudget {
  return new MemoryBudget(
    context,
    limitOf((context.memory ?? memoryOnly).stageLimitBytes, context, canSpill && spillsOf(context) !== undefined),
    () => `Exceeded memory limit for ${stageName}, but didn't allow external sort. Pass allowDiskUse:true to opt in.`,
  );
}

/** The budget of a sort. */
export function sortBudget(context: StageContext): MemoryBudget {
  return new MemoryBudget(
    context,
    limitOf((context.memory ?? memoryOnly).sortLimitBytes, context, spillsOf(context) !== undefined),
    (limitBytes) => `Sort exceeded memory limit of ${limitBytes} bytes, but did not opt in to external sorting. Aborting operation. Pass allowDiskUse:true to opt in.`,
  );
}
