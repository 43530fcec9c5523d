// What the changes of all open transactions together may hold in memory.
import { CommandError } from '../errors.js';

export class MemoryBudget {
  private used_bytes = 0;

  constructor(private readonly total_bytes: number) {}

  /** Throws where there is no room left; the label makes drivers try the transaction again. */
  take(bytes: number): void {
    if (this.used_bytes + bytes > this.total_bytes) {
      throw new CommandError(
        'ExceededMemoryLimit',
        `the changes of all open transactions would need more than ${String(this.total_bytes)} bytes of memory`,
        { labels: ['TransientTransactionError'] },
      );
    }
    this.used_bytes += bytes;
  }

  giveBack(bytes: number): void {
    this.used_bytes -= bytes;
  }
}
