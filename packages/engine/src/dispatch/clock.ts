// Time as the engine sees it; injected, so that tests may move it.

export interface EngineClock {
  /** Milliseconds since the epoch. */
  now_ms(): number;
}

export const systemClock: EngineClock = { now_ms: () => Date.now() };
