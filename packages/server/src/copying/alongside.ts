// Reads the history of a database while something else goes on: what has been read is written down, so that the place in it never falls behind
// what the cluster keeps, however long the other work takes.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../ports/clock.js';

interface Batch {
  readonly fences: readonly string[];
}

export interface History<Read extends Batch> {
  fence(name: string): Promise<void>;
  read(signal: AbortSignal): AsyncIterable<Read>;
  /** Takes what was read; the place behind it is written down by it. False: there was nothing. */
  take(batch: Read): Promise<boolean>;
}

/** Resolves when everything has been taken that was acknowledged when it was called. */
export type Reach = () => Promise<void>;

/** Names of fences are used again: each leaves a document behind. */
const fenceNames = 64;
/** Where nothing happens the place stays where it is, and the history goes on without it: a fence moves it. */
const quiet_ms = 5000;

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('the reading of a history was ended', { cause: reason });
}

class Fences {
  readonly #run = randomUUID();
  readonly last = `${this.#run} last`;
  readonly #waiting = new Map<string, () => void>();
  #written = 0;

  constructor(private readonly write: (name: string) => Promise<void>, private readonly signal: AbortSignal) {}

  next(): string {
    this.#written += 1;
    return `${this.#run} ${this.#written % fenceNames}`;
  }

  async reach(name: string): Promise<void> {
    this.signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const end = (settle: () => void): void => {
        this.signal.removeEventListener('abort', giveUp);
        this.#waiting.delete(name);
        settle();
      };
      const giveUp = (): void => end(() => reject(asError(this.signal.reason)));
      this.signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.set(name, () => end(resolve));
      this.write(name).catch((error: unknown) => end(() => reject(asError(error))));
    });
  }

  passed(name: string): void {
    this.#waiting.get(name)?.();
  }
}

/**
 * Does the work, and reads the history until everything has been taken that was acknowledged when the work ended. What fails first ends the
 * other, and is thrown.
 */
export async function alongside<Read extends Batch, Result>(history: History<Read>, { signal: outer, clock }: { readonly signal: AbortSignal; readonly clock: Clock }, work: (reach: Reach, signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const failed = new AbortController();
  const signal = AbortSignal.any([outer, failed.signal]);
  const fences = new Fences((name) => history.fence(name), signal);
  const reading = async (): Promise<void> => {
    let movedAt = clock.now().getTime();
    for await (const batch of history.read(signal)) {
      const hasMoved = await history.take(batch);
      batch.fences.forEach((name) => fences.passed(name));
      if (batch.fences.includes(fences.last)) return;
      const now = clock.now().getTime();
      if (hasMoved || now < movedAt) movedAt = now;
      if (now - movedAt < quiet_ms) continue;
      movedAt = now;
      await history.fence(fences.next());
    }
    signal.throwIfAborted();
    throw new Error('the changes of a database have no end');
  };
  const working = async (): Promise<Result> => {
    const result = await work(() => fences.reach(fences.next()), signal);
    await fences.reach(fences.last);
    return result;
  };
  const both = [working(), reading()] as const;
  try {
    return (await Promise.all(both))[0];
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled(both);
    throw error;
  }
}
