// Time, injected so that tests may move it.

export interface Clock {
  now(): Date;
  /** Resolves after the time, or at once when the signal aborts. Never rejects. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}
