// Slows down guessing of passwords: after some failures for an account from an address, that address has to wait, longer with
// each further failure. Attempts for the same pair run one after the other, so that a burst of guesses counts each. Locks go by the
// clock of the store, which all replicas share: one whose own is ahead opens none, and one whose own went back keeps nobody out.
import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { ApiError } from '@freehold/api';
import type { SignInFailureStore } from '../ports/accounts.js';

export interface LockoutRules {
  /** Failures that cost nothing. */
  readonly freeFailures: number;
  readonly firstLockMs: number;
  readonly longestLockMs: number;
  /** Failures are forgotten this long after the last one. */
  readonly rememberForMs: number;
  /** Attempts for one pair that may wait in this process. */
  readonly longestQueue: number;
}

export const defaultLockoutRules: LockoutRules = {
  freeFailures: 5, firstLockMs: 30_000, longestLockMs: 60 * 60 * 1000, rememberForMs: 24 * 60 * 60 * 1000, longestQueue: 100,
};

export interface Lockout {
  /**
   * Runs an attempt; `undefined` from it counts as a failure. Throws ACCOUNT_LOCKED where the pair has to wait, without running it.
   */
  attempt<Result>(email: string, address: string, work: () => Promise<Result | undefined>): Promise<Result | undefined>;
}

/** Builds the lockout. */
export function createLockout(failures: SignInFailureStore, rules: LockoutRules = defaultLockoutRules): Lockout {
  const queues = new Map<string, { last: Promise<unknown>; waiting: number }>();

  function inTurn<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const queue = queues.get(key) ?? { last: Promise.resolve(), waiting: 0 };
    if (queue.waiting >= rules.longestQueue) throw locked(rules.firstLockMs);
    queue.waiting += 1;
    const turn = queue.last.then(work, work);
    queue.last = turn;
    queues.set(key, queue);
    const leave = (): void => {
      queue.waiting -= 1;
      if (queue.waiting === 0) queues.delete(key);
    };
    turn.then(leave, leave);
    return turn;
  }

  return {
    attempt: async (email, address, work) => {
      const key = keyOf(email, address);
      return inTurn(key, async () => {
        const leftMs = await failures.lockedForMs(key);
        if (leftMs > 0) throw locked(leftMs);
        const result = await work();
        if (result !== undefined) {
          await failures.clear(key);
          return result;
        }
        const count = await failures.recordFailure(key, rules.rememberForMs);
        if (count >= rules.freeFailures) await failures.lock(key, lockMs(rules, count));
        return undefined;
      });
    },
  };
}

/** For tests and benchmarks: every attempt is made. */
export const noLockout: Lockout = { attempt: (_email, _address, work) => work() };

/** How long the lock after this many failures lasts: doubling, up to the longest. */
export function lockMs(rules: LockoutRules, failureCount: number): number {
  return Math.min(rules.longestLockMs, rules.firstLockMs * 2 ** Math.max(0, failureCount - rules.freeFailures));
}

function locked(waitMs: number): ApiError {
  return new ApiError('ACCOUNT_LOCKED', { retry_after_seconds: Math.max(1, Math.ceil(waitMs / 1000)) });
}

/** Hashed: the store need not tell who tried to sign in from where. */
function keyOf(email: string, address: string): string {
  return createHash('sha256').update(JSON.stringify([email.toLowerCase(), networkOf(address)])).digest('hex');
}

/** One customer of a provider has a whole /64 of IPv6. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/iu.exec(address);
  if (mapped !== null) return mapped[1]!;
  const [head = '', tail = ''] = address.split('%')[0]!.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const missing = address.includes('::') ? Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0') : [];
  return `${[...before, ...missing, ...after].slice(0, 4).map((group) => parseInt(group, 16).toString(16)).join(':')}::/64`;
}
