// Counts of what has a limit (R2.3), shared by all replicas. A window begins with its first use and ends after its length; then
// the count begins anew. It never ends later than its length from now: a clock that goes back keeps nobody waiting for longer. Every adapter passes rate-limits.contract.fixture.ts.

/** A limit as a store counts it. */
export interface CountedLimit {
  readonly limit: number;
  readonly windowMs: number;
}

/** The answer to an attempt to use a limit. */
export interface RateLimitUse {
  /** False: the limit was used up, and nothing was counted. */
  readonly isAllowed: boolean;
  /** Uses in the window, this one included. */
  readonly used: number;
  readonly resetsAt: Date;
  /** Takes the use back, in the window and the store it was counted in. To be called once, where it was allowed. */
  giveBack(): Promise<void>;
}

/** How far a limit is used. */
export interface RateLimitCount {
  readonly used: number;
  readonly resetsAt: Date;
}

export interface RateLimitStore {
  /** Counts one use of the key, unless the limit is used up: in one step, whoever else does the same. */
  take(key: string, limit: CountedLimit, now: Date): Promise<RateLimitUse>;
  /** Looks at keys without using them, in their order. Undefined: no window runs. */
  look(keys: readonly string[], now: Date): Promise<readonly (RateLimitCount | undefined)[]>;
}
