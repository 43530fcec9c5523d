// What a blocking stage may hold: 100 MB, or with allowDiskUse 1 GB (nothing is spilt to disk; the larger limit stands for it).
// Source: the manual's page "Aggregation Pipeline Limits".
import { CommandError } from '../../errors.js';
import type { StageContext } from '../stage.js';

export const memoryLimitBytes = 100 * 1024 * 1024;
export const memoryLimitWithDiskUseBytes = 1024 * 1024 * 1024;

/** How many additions go by between two looks at whether the operation must stop. */
const interruptInterval = 1024;

/** Counts the bytes that a stage holds, and lets the operation be interrupted while it gathers them. */
export class MemoryBudget {
  private usedBytes = 0;
  private additions = 0;
  private readonly limitBytes: number;

  constructor(
    private readonly context: StageContext,
    private readonly exceeded: (limitBytes: number) => string,
  ) {
    this.limitBytes = context.allowDiskUse ? memoryLimitWithDiskUseBytes : memoryLimitBytes;
  }

  /** Notes that so many more bytes are held; throws QueryExceededMemoryLimitNoDiskUseAllowed past the limit. */
  add(bytes: number): void {
    this.usedBytes += bytes;
    this.additions += 1;
    if (this.additions % interruptInterval === 0) this.context.sources.checkInterrupt();
    if (this.usedBytes > this.limitBytes) {
      throw new CommandError('QueryExceededMemoryLimitNoDiskUseAllowed', this.exceeded(this.limitBytes));
    }
  }

  release(bytes: number): void {
    this.usedBytes -= bytes;
  }
}

/** The budget of a stage that groups or gathers. */
export function stageBudget(stageName: string, context: StageContext): MemoryBudget {
  return new MemoryBudget(context, () => `Exceeded memory limit for ${stageName}, but didn't allow external sort. Pass allowDiskUse:true to opt in.`);
}

/** The budget of a sort. */
export function sortBudget(context: StageContext): MemoryBudget {
  return new MemoryBudget(
    context,
    (limitBytes) => `Sort exceeded memory limit of ${limitBytes} bytes, but did not opt in to external sorting. Aborting operation. Pass allowDiskUse:true to opt in.`,
  );
}
