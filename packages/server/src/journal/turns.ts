// Work on one user's document, one after the other within this process: transactions that would only collide and be retried
// wait for each other instead. Between replicas the transactions themselves decide; nothing relies on this for correctness.

export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs the work when all work taken before under the same key has ended, however it ended. */
  async take<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }
}
