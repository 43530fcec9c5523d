import { describe, expect, it } from 'vitest';
import type { RateLimitOverrides } from '../domain/rate-limits.js';
import type { PlatformEvent } from '../ports/events.js';
import type { RateLimitStore } from '../ports/rate-limits.js';
import type { Actor, DatabaseService } from './contracts.js';
import { limitDatabaseService } from './rate-limited-databases.js';
import { addressSubject, createRateLimiter, RateLimited, type RateLimiter } from './rate-limiter.js';

interface Limited {
  readonly limiter: RateLimiter;
  readonly events: readonly PlatformEvent[];
  /** Keys that were asked for, in order. */
  readonly taken: readonly string[];
  readonly advance: (seconds: number) => void;
}

/** A limiter over a store of one process, which is all that is needed here. */
function limited(platform: RateLimitOverrides = {}, rememberCount?: number): Limited {
  let nowMs = Date.UTC(2030, 0, 1);
  const windows = new Map<string, { used: number; readonly resetsAt: Date }>();
  const taken: string[] = [];
  const events: PlatformEvent[] = [];
  const store: RateLimitStore = {
    take: async (key, { limit, windowMs }, now) => {
      taken.push(key);
      const running = windows.get(key);
      const end = new Date(now.getTime() + windowMs);
      const window = running !== undefined && running.resetsAt > now ? { used: running.used, resetsAt: running.resetsAt < end ? running.resetsAt : end } : { used: 0, resetsAt: end };
      windows.set(key, window);
      const isAllowed = window.used < limit;
      if (isAllowed) window.used += 1;
      return { isAllowed, used: window.used, resetsAt: window.resetsAt, giveBack: async () => void (window.used -= 1) };
    },
    look: async (keys, now) => keys.map((key) => windows.get(key)).map((window) => (window === undefined || window.resetsAt <= now ? undefined : window)),
  };
  const limiter = createRateLimiter({
    store, platform, clock: { now: () => new Date(nowMs), sleep: () => Promise.resolve() }, events: { emit: (event) => void events.push(event) },
    ...(rememberCount === undefined ? {} : { rememberCount }),
  });
  return { limiter, events, taken, advance: (seconds) => (nowMs += seconds * 1000) };
}

const user = { userId: 'u1', rateLimits: {} };

async function refusal(work: () => unknown): Promise<RateLimited> {
  try {
    await work();
  } catch (error) {
    if (error instanceof RateLimited) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('a shared rule', () => {
  it('says where its user stands', async () => {
    const { limiter, advance } = limited();
    expect((await limiter.take('database_creation', 'u1', user))?.standing).toEqual({ limit: 5, remaining: 4, resetSeconds: 3600 });
    advance(600);
    const use = await limiter.take('database_creation', 'u1', user);
    expect(use?.standing).toEqual({ limit: 5, remaining: 3, resetSeconds: 3000 });
    expect(await use?.giveBack()).toEqual({ limit: 5, remaining: 4, resetSeconds: 3000 });
  });

  it('refuses with all that its caller needs, and tells operators', async () => {
    const { limiter, advance, events } = limited({ database_creation: { limit: 1 } });
    await limiter.take('database_creation', 'u1', user);
    advance(3599.5);
    const refused = await refusal(() => limiter.take('database_creation', 'u1', user));
    expect(refused.details).toEqual({ limit: 1, window_seconds: 3600, retry_after_seconds: 1, rule: 'database_creation' });
    expect(events).toEqual([{ name: 'rate_limit.exceeded', rule: 'database_creation', userId: 'u1' }]);
  });

  it('that is off is not counted', async () => {
    const { limiter, taken } = limited({ database_creation: null });
    expect(await limiter.take('database_creation', 'u1', user)).toBeUndefined();
    expect(taken).toEqual([]);
  });
});

describe('misses', () => {
  it('are asked of the store, and hits are not', async () => {
    const { limiter, taken } = limited();
    limiter.refuseKnownMisser(user);
    expect(taken).toEqual([]);
    await limiter.countMiss(user);
    expect(taken).toEqual(['missed_lookups:u1']);
  });

  it('refuse every look-up once they are used up, until the window ends', async () => {
    const { limiter, advance } = limited({ missed_lookups: { limit: 2 } });
    await limiter.countMiss(user);
    limiter.refuseKnownMisser(user);
    await limiter.countMiss(user);
    const refused = await refusal(() => limiter.refuseKnownMisser(user));
    expect(refused.rule).toBe('missed_lookups');
    limiter.refuseKnownMisser({ userId: 'u2' });
    advance(60);
    limiter.refuseKnownMisser(user);
  });

  it('that a replica did not know of are learned by the next one', async () => {
    const { limiter } = limited({ missed_lookups: { limit: 1 } });
    // Counted by another replica.
    await limiter.take('missed_lookups', 'u1', null);
    limiter.refuseKnownMisser(user);
    await refusal(() => limiter.countMiss(user));
    await refusal(() => limiter.refuseKnownMisser(user));
  });

  it("are without limit for a user whose limit is off", async () => {
    const { limiter } = limited({ missed_lookups: { limit: 1 } });
    const free = { userId: 'u1', rateLimits: { missed_lookups: null } };
    await limiter.countMiss(free);
    await limiter.countMiss(free);
    limiter.refuseKnownMisser(free);
  });
});

describe('all requests of a credential', () => {
  it('are counted without the store', async () => {
    const { limiter, advance, taken } = limited({ requests: { limit: 2, windowSeconds: 60 } });
    limiter.countRequest('session', user);
    limiter.countRequest('session', user);
    limiter.countRequest('another', user);
    expect((await refusal(() => limiter.countRequest('session', user))).standing).toEqual({ limit: 2, remaining: 0, resetSeconds: 60 });
    advance(60);
    limiter.countRequest('session', user);
    expect(taken).toEqual([]);
  });

  it('are remembered for a bounded number of credentials, the oldest forgotten first', async () => {
    const { limiter } = limited({ requests: { limit: 1 } }, 2);
    for (const credential of ['a', 'b', 'c']) limiter.countRequest(credential, user);
    limiter.countRequest('a', user);
    await refusal(() => limiter.countRequest('c', user));
  });
});

describe('a clock that jumps', () => {
  const hour = 3600;

  /** Tries once a second, for so long; how often it was allowed. */
  async function allowed(seconds: number, advance: (seconds: number) => void, attempt: () => unknown): Promise<number> {
    let count = 0;
    for (let second = 0; second < seconds; second += 1) {
      try {
        await attempt();
        count += 1;
      } catch (error) {
        if (!(error instanceof RateLimited)) throw error;
        expect(error.standing.resetSeconds).toBeLessThanOrEqual(60);
      }
      advance(1);
    }
    return count;
  }

  it.each([
    ['back', -hour],
    ['forward', hour],
  ])('%s an hour keeps nobody out for more than two windows, and gives nobody more than one window more', async (_name, jump) => {
    const { limiter, advance } = limited({ requests: { limit: 5, windowSeconds: 60 }, database_creation: { limit: 5, windowSeconds: 60 }, missed_lookups: { limit: 5, windowSeconds: 60 } });
    const attempts: readonly (() => unknown)[] = [
      () => limiter.countRequest('session', user),
      () => limiter.take('database_creation', 'u1', user),
      () => {
        limiter.refuseKnownMisser(user);
        return limiter.countMiss(user);
      },
    ];
    for (const attempt of attempts) {
      const before = await allowed(30, advance, attempt);
      advance(jump);
      const after = await allowed(180, advance, attempt);
      // As many as in the windows that a steady clock would have had, and one window more.
      expect(before).toBe(5);
      expect(after).toBeGreaterThanOrEqual(5);
      expect(after).toBeLessThanOrEqual(20);
      advance(-jump);
      expect(await allowed(180, advance, attempt)).toBeGreaterThanOrEqual(5);
    }
  });
});

describe('an address', () => {
  it('counts as its network, and is not written down', () => {
    expect(addressSubject('2001:db8::1')).toBe(addressSubject('2001:db8::2'));
    expect(addressSubject('192.0.2.1')).not.toBe(addressSubject('192.0.2.2'));
    expect(addressSubject('192.0.2.1')).not.toContain('192');
  });
});

describe('the limited database service', () => {
  const actor: Actor = { userId: 'u1', role: 'user', credential: { kind: 'session', id: 's' }, requestId: 'r', remoteAddress: '192.0.2.1', rateLimits: { database_deletion: { limit: 2 } } };

  it('counts each change of a database, by the limits of its actor', async () => {
    const { limiter, taken } = limited();
    const databases = limitDatabaseService({ delete: () => Promise.resolve({}), rotateCredentials: () => Promise.resolve({}) } as unknown as DatabaseService, limiter);
    const remove = (id: string) => databases.delete(actor, id, { confirm_token: 'token' });
    await remove('one');
    await remove('two');
    await refusal(() => remove('three'));
    await databases.rotateCredentials(actor, 'one', {});
    await databases.rotateCredentials(actor, 'one', { mode: 'immediate' });
    expect(taken).toEqual([...Array<string>(3).fill('database_deletion:u1'), 'credential_rotation:u1:one', 'immediate_rotation:u1:one']);
  });

  it('counts nothing for a change that fails', async () => {
    const { limiter } = limited({ database_creation: { limit: 1 } });
    let isRefused = true;
    const databases = limitDatabaseService({ create: () => (isRefused ? Promise.reject(new Error('refused')) : Promise.resolve({})) } as unknown as DatabaseService, limiter);
    const create = () => databases.create(actor, { name: 'shop', environment: 'development' });
    await expect(create()).rejects.toThrow('refused');
    isRefused = false;
    await create();
    await refusal(create);
  });
});
