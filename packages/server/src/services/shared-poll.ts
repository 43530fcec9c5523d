// Lets many watchers in one process follow changes of the control database at the price of one look: while anybody watches, all
// watched keys are read together, again and again. Works across replicas, since what others write is seen too.
import type { Clock } from '../ports/clock.js';

export interface SharedPollOptions<Value> {
  /** Reads all these keys at once; a key without a value is left out. */
  readonly read: (keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>;
  /** Two values of the same version are the same to watchers. */
  readonly versionOf: (value: Value) => string | number;
  readonly everyMs: number;
  readonly clock: Clock;
}

export interface SharedPoll<Value> {
  /**
   * Yields the value of the key whenever it has another version than before; the first time, another than `since`. Values in
   * between may be passed over. Ends when the signal aborts; while the values cannot be read, nothing comes.
   */
  watch(key: string, since: string | number | undefined, signal: AbortSignal): AsyncGenerator<Value, void>;
}

interface Watcher<Value> {
  readonly key: string;
  version: string | number | undefined;
  /** What it has not seen yet. */
  next: Value | undefined;
  wake: () => void;
}

/** Builds the poll; it rests while nobody watches. */
export function createSharedPoll<Value>({ read, versionOf, everyMs, clock }: SharedPollOptions<Value>): SharedPoll<Value> {
  const watchers = new Set<Watcher<Value>>();
  let isPolling = false;

  async function poll(): Promise<void> {
    isPolling = true;
    while (watchers.size > 0) {
      // One look after the other, with a pause between them. One that fails is made good by the next.
      const values = await read([...new Set([...watchers].map(({ key }) => key))]).catch(() => new Map<string, Value>());
      for (const watcher of watchers) {
        const value = values.get(watcher.key);
        if (value === undefined || versionOf(value) === watcher.version) continue;
        watcher.version = versionOf(value);
        watcher.next = value;
        watcher.wake();
      }
      await clock.sleep(everyMs);
    }
    isPolling = false;
  }

  async function* watch(key: string, since: string | number | undefined, signal: AbortSignal): AsyncGenerator<Value, void> {
    const watcher: Watcher<Value> = { key, version: since, next: undefined, wake: () => undefined };
    const wake = (): void => watcher.wake();
    signal.addEventListener('abort', wake);
    watchers.add(watcher);
    if (!isPolling) void poll();
    try {
      while (!signal.aborted) {
        const value = watcher.next;
        if (value === undefined) {
          await new Promise<void>((resolve) => {
            watcher.wake = resolve;
          });
          continue;
        }
        watcher.next = undefined;
        yield value;
      }
    } finally {
      watchers.delete(watcher);
      signal.removeEventListener('abort', wake);
    }
  }

  return { watch };
}
