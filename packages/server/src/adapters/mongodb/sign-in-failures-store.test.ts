// Locks after failed sign-ins go by the database's clock, whatever the clocks of replicas say, and survive that one's jumps too.
import { MongoClient, type Db } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLockout, defaultLockoutRules, type Lockout } from '../../services/accounts-lockout.js';
import { movableClock } from '../../testing/control-plane.fixture.js';
import { startTestCluster, type TestCluster } from '../../testing/start-test-cluster.js';
import { MongoSignInFailureStore } from './sign-in-failures-store.js';

const second_ms = 1000;
const hour_ms = 3600 * second_ms;

let cluster: TestCluster;
let client: MongoClient;
let db: Db;
beforeAll(async () => {
  cluster = await startTestCluster();
  client = await MongoClient.connect(cluster.uri);
  db = client.db('sign_in_failures_test');
});
afterAll(async () => {
  await db.dropDatabase();
  await client.close();
  await cluster.stop();
});

/** What an attempt came to: `wrong`, `right`, or for how many seconds it has to wait. */
async function attempt(lockout: Lockout, password: 'wrong' | 'right', email: string): Promise<string | number> {
  try {
    return (await lockout.attempt(email, '192.0.2.1', () => Promise.resolve(password === 'right' ? 'in' : undefined))) === undefined ? 'wrong' : 'right';
  } catch (error) {
    return (error as { readonly details: { readonly retry_after_seconds: number } }).details.retry_after_seconds;
  }
}

/** Until the account is locked. */
async function failOften(lockout: Lockout, email: string): Promise<void> {
  for (let failure = 1; failure <= defaultLockoutRules.freeFailures; failure += 1) expect(await attempt(lockout, 'wrong', email)).toBe('wrong');
}

describe('a lock on the real clock of the database', () => {
  it('holds on all replicas, and none is asked what time it is there', async () => {
    const replicas = [1, 2].map(() => createLockout(new MongoSignInFailureStore(db)));
    await failOften(replicas[0]!, 'real@example.org');
    for (const replica of replicas) {
      const answer = await attempt(replica, 'right', 'real@example.org');
      expect(answer).toBeGreaterThan(0);
      expect(answer).toBeLessThanOrEqual(30);
    }
  });

  it('is over when its time is', async () => {
    const lockout = createLockout(new MongoSignInFailureStore(db), { ...defaultLockoutRules, firstLockMs: 20 });
    await failOften(lockout, 'short@example.org');
    await expect.poll(() => attempt(lockout, 'right', 'short@example.org'), { interval: 5 }).toBe('right');
  });
});

describe('a clock of the database that jumps', () => {
  let clock: ReturnType<typeof movableClock>;
  let lockout: Lockout;
  let email: string;
  let count = 0;
  beforeEach(async () => {
    clock = movableClock();
    lockout = createLockout(new MongoSignInFailureStore(db, () => clock.now()));
    email = `jumps${(count += 1)}@example.org`;
    await failOften(lockout, email);
    expect(await attempt(lockout, 'right', email)).toBe(30);
  });

  it('back keeps nobody out for longer than the lock lasts, and opens it no earlier', async () => {
    clock.advance(-hour_ms);
    expect(await attempt(lockout, 'right', email)).toBe(30);
    clock.advance(25 * second_ms);
    const left = await attempt(lockout, 'right', email);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(5);
    clock.advance(6 * second_ms);
    expect(await attempt(lockout, 'right', email)).toBe('right');
  });

  it('back forgets no failure: the next lock is the longer one', async () => {
    clock.advance(-hour_ms);
    expect(await attempt(lockout, 'right', email)).toBe(30);
    clock.advance(31 * second_ms);
    expect(await attempt(lockout, 'wrong', email)).toBe('wrong');
    expect(await attempt(lockout, 'right', email)).toBe(60);
  });

  it('forward ends the lock once, and counts on', async () => {
    clock.advance(hour_ms);
    expect(await attempt(lockout, 'wrong', email)).toBe('wrong');
    expect(await attempt(lockout, 'right', email)).toBe(60);
  });
});

describe('two failures at once', () => {
  it('leave the longer lock', async () => {
    const store = new MongoSignInFailureStore(db);
    expect(await Promise.all([store.recordFailure('both', hour_ms), store.recordFailure('both', hour_ms)])).toEqual(expect.arrayContaining([1, 2]));
    await store.lock('both', 60 * second_ms);
    await store.lock('both', 30 * second_ms);
    expect(await store.lockedForMs('both')).toBeGreaterThan(50 * second_ms);
    await store.clear('both');
    expect(await store.lockedForMs('both')).toBe(0);
  });
});
