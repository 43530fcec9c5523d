// Holds writes back while `fsync: {lock: true}` is in force, for backups by copying the data folder.
// Source: the manual's page "fsync".
import { CommandError } from '../errors.js';
import type { Storage } from '../storage/units.js';

export class WriteGate {
  private locks = 0;
  private inside = 0;
  private waitingToEnter: (() => void)[] = [];
  private waitingForQuiet: (() => void)[] = [];

  /** `onChange` hears when the first lock is in force and when the last one is gone: what writes beside commands stops and goes on. */
  constructor(private readonly onChange: (isLocked: boolean) => void = () => undefined) {}

  get lockCount(): number {
    return this.locks;
  }

  /**
   * Adds a lock; resolves, with the number of locks, when no write is on its way any more. Throws LockTimeout (24), and the lock is
   * gone again, where that takes longer than `timeout_ms`.
   */
  async lock(timeout_ms: number): Promise<number> {
    this.locks += 1;
    const count = this.locks;
    if (this.inside > 0 && !(await this.becomesQuiet(timeout_ms))) {
      if (this.locks > 0) this.unlock();
      throw new CommandError('LockTimeout', `fsync: writes did not end within ${timeout_ms} milliseconds`);
    }
    // It may have been taken away again while the last write ended.
    if (this.locks > 0) this.onChange(true);
    return count;
  }

  private becomesQuiet(timeout_ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), timeout_ms);
      this.waitingForQuiet.push(() => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }

  /** Takes one lock away; the last one lets the waiting writes through. Returns how many are left. */
  unlock(): number {
    this.locks -= 1;
    if (this.locks === 0) {
      this.onChange(false);
      const waiting = this.waitingToEnter;
      this.waitingToEnter = [];
      for (const enter of waiting) enter();
    }
    return this.locks;
  }

  /** Runs the write when no lock is held. */
  pass<T>(write: () => Promise<T>): Promise<T> {
    return this.locks > 0 ? this.passLater(write) : this.run(write);
  }

  private async passLater<T>(write: () => Promise<T>): Promise<T> {
    while (this.locks > 0) {
      await new Promise<void>((resolve) => {
        this.waitingToEnter.push(resolve);
      });
    }
    return this.run(write);
  }

  private run<T>(write: () => Promise<T>): Promise<T> {
    this.inside += 1;
    const writing = write();
    const leave = (): void => this.leave();
    writing.then(leave, leave);
    return writing;
  }

  private leave(): void {
    this.inside -= 1;
    if (this.inside > 0) return;
    const waiting = this.waitingForQuiet;
    this.waitingForQuiet = [];
    for (const proceed of waiting) proceed();
  }
}

/** The same storage; its writes pass the gate. */
export function gatedStorage(storage: Storage, gate: WriteGate): Storage {
  return {
    openSnapshot: () => storage.openSnapshot(),
    write: (work, checkInterrupt) => gate.pass(() => storage.write(work, checkInterrupt)),
    durable: () => storage.durable(),
    close: () => storage.close(),
  };
}
