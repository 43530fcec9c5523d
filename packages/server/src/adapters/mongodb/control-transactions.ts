// Runs the transactions of the control database. One that meets another is tried again; but not for as long as the driver would (two minutes): a process that
// died leaves its transaction open, and with it what it wrote is held until the server gives it up. Whoever waits for that is told to come again, or waits in the journal.
import type { ClientSession, MongoClient } from 'mongodb';
import { HeldUp } from '../../ports/failures.js';
import { nameOf } from './failures.js';
import { transactionOptions } from './store-session.js';

/** Shorter than what stands before a control plane lets a request wait (nginx: 60 s), and longer than any two that live are in each other's way. */
const defaultPatienceMilliseconds = 20_000;

export class ControlTransactions {
  readonly #client: MongoClient;
  readonly #patienceMilliseconds: number;
  #isStopping = false;

  constructor(client: MongoClient, patienceMilliseconds = defaultPatienceMilliseconds) {
    this.#client = client;
    this.#patienceMilliseconds = patienceMilliseconds;
  }

  /** Throws what the work throws, with nothing of it done; HeldUp where it cannot be done for now. */
  run<Result>(work: (session: ClientSession) => Promise<Result>): Promise<Result> {
    const deadline = performance.now() + this.#patienceMilliseconds;
    let attempts = 0;
    let failure: unknown;
    return this.#client.withSession((session) => session.withTransaction(async () => {
      attempts += 1;
      if (attempts > 1 && (this.#isStopping || performance.now() >= deadline)) throw new HeldUp(nameOf(failure), 'the control database does not take a transaction for now', { cause: failure });
      try {
        return await work(session);
      } catch (error) {
        failure = error;
        throw error;
      }
    }, transactionOptions));
  }

  /** From now on none is tried again: this process is about to stop. One that is under way ends as it does. */
  stopTryingAgain(): void {
    this.#isStopping = true;
  }
}
