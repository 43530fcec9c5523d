// Holds writes back while `fsync: {lock: true}` is in force, for backups by copying the data folder.
// Source: the manual's page "fsync".

export class WriteGate {
  private count = 0;
  private waiting: (() => void)[] = [];

  get lockCount(): number {
    return this.count;
  }

  lock(): number {
    this.count += 1;
    return this.count;
  }

  /** Opens one lock; the last one lets the waiting writes through. Returns how many are left. */
  unlock(): number {
    this.count -= 1;
    if (this.count === 0) {
      const waiting = this.waiting;
      this.waiting = [];
      for (const proceed of waiting) proceed();
    }
    return this.count;
  }

  /** Resolves when no lock is held. */
  async passed(): Promise<void> {
    while (this.count > 0) {
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve);
      });
    }
  }
}
