import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RetryableStatements } from '../dispatch/retryable-statements.js';
import { decodePlain, encodeDocument } from '../bson/values.js';
import { documentsOf, insert, SessionsFixture, sessionKey } from './sessions.fixture.js';

let fixture: SessionsFixture;
const key = sessionKey(1);
const transient = { labels: ['TransientTransactionError'] };

beforeEach(async () => {
  fixture = await SessionsFixture.open();
});

afterEach(() => fixture.close());

/** A write that a driver may send twice; answers how often it has been done. */
const retryable = (statements: RetryableStatements, statementId: number, document: object): Promise<unknown> =>
  fixture.storage.write((unit) => {
    const known = statements.find(unit, statementId);
    if (known !== undefined) return decodePlain(known)['answer'] as unknown;
    insert(document)(unit);
    statements.record(unit, statementId, encodeDocument({ answer: `inserted ${JSON.stringify(document)}` }));
    return 'done now';
  });

describe('the transaction numbers of a session', () => {
  it.each<[string, bigint, object]>([
    ['the same again', 5n, { code: 50_911 }],
    ['an older one', 4n, { code: 225 }],
  ])('are not started anew: %s', (_case, txnNumber, error) => {
    fixture.sessions.start(key, 5n);
    expect(() => fixture.sessions.start(key, txnNumber)).toThrow(expect.objectContaining(error) as Error);
  });

  it('a newer one aborts the one that is open', async () => {
    const first = fixture.sessions.start(key, 1n);
    await first.write(insert({ _id: 1 }));
    const second = fixture.sessions.start(key, 2n);
    await second.write(insert({ _id: 1 }));
    expect(() => fixture.sessions.find(key, 1n)).toThrow(expect.objectContaining({ code: 251, ...transient }) as Error);
    await fixture.sessions.commit(key, 2n);
    expect(fixture.read(documentsOf)).toEqual([{ _id: 1 }]);
  });

  it.each<[string, (txnNumber: bigint) => unknown]>([
    ['to go on with', (txnNumber) => Promise.resolve().then(() => fixture.sessions.find(key, txnNumber))],
    ['to commit', (txnNumber) => fixture.sessions.commit(key, txnNumber)],
    ['to abort', (txnNumber) => Promise.resolve().then(() => fixture.sessions.abort(key, txnNumber))],
  ])('that were never begun are not there %s', async (_case, use) => {
    await expect(use(3n)).rejects.toMatchObject({ code: 251, ...transient });
  });
});

describe('commit', () => {
  const committedOne = async (): Promise<void> => {
    await fixture.sessions.start(key, 1n).write(insert({ _id: 1 }));
    await fixture.sessions.commit(key, 1n);
  };

  it('answers a retry as it did the first time, at once and while it runs', async () => {
    await fixture.sessions.start(key, 1n).write(insert({ _id: 1 }));
    await Promise.all([fixture.sessions.commit(key, 1n), fixture.sessions.commit(key, 1n)]);
    await fixture.sessions.commit(key, 1n);
    expect(fixture.read(documentsOf)).toEqual([{ _id: 1 }]);
  });

  it('answers a retry after a restart too', async () => {
    await committedOne();
    await fixture.restart();
    await fixture.sessions.commit(key, 1n);
    await expect(fixture.sessions.commit(key, 2n)).rejects.toMatchObject({ code: 251 });
    expect(() => fixture.sessions.start(key, 1n)).toThrow(expect.objectContaining({ code: 50_911 }) as Error);
  });

  it('is final: nothing goes on, nothing aborts', async () => {
    await committedOne();
    expect(() => fixture.sessions.find(key, 1n)).toThrow(expect.objectContaining({ code: 256 }) as Error);
    expect(() => fixture.sessions.abort(key, 1n)).toThrow(expect.objectContaining({ code: 256 }) as Error);
  });

  it('is refused after an abort', async () => {
    fixture.sessions.start(key, 1n);
    fixture.sessions.abort(key, 1n);
    await expect(fixture.sessions.commit(key, 1n)).rejects.toMatchObject({ code: 251, ...transient });
  });
});

describe('time', () => {
  it('ends transactions after 60 seconds, with what they hold', async () => {
    const transaction = fixture.sessions.start(key, 1n);
    await transaction.write(insert({ _id: 1 }));
    fixture.now_ms += 60_000;
    await fixture.sessions.expire();
    expect(transaction.state).toBe('in progress');
    const waiting = fixture.storage.write(insert({ _id: 1 }));
    fixture.now_ms += 1;
    await fixture.sessions.expire();
    await waiting;
    await expect(transaction.write(insert({ _id: 2 }))).rejects.toMatchObject({ code: 251, ...transient });
    expect(() => transaction.read(documentsOf)).toThrow(expect.objectContaining({ code: 251 }) as Error);
    await expect(fixture.sessions.commit(key, 1n)).rejects.toMatchObject({ code: 251 });
  });

  it('forgets sessions nobody used for 30 minutes, in memory and on disk, and keeps the others', async () => {
    await retryable(fixture.sessions.retryable(key, 1n), 0, { _id: 1 });
    fixture.now_ms += 20 * 60_000;
    await retryable(fixture.sessions.retryable(sessionKey(2), 1n), 0, { _id: 2 });
    fixture.now_ms += 11 * 60_000;
    await fixture.sessions.expire();
    expect([...fixture.sessions.sessionKeys()]).toEqual([sessionKey(2)]);
    const rows = fixture.storage.committed.range('sessions', { start: Buffer.alloc(0), end: Buffer.alloc(60, 0xff), reverse: false, limit: 100 }).entries;
    expect(rows.map((row) => row.key.subarray(0, 48).toString('hex'))).toEqual([sessionKey(2)]);
  });
});

describe('the end of a session', () => {
  it('aborts its transaction and forgets what was kept of it', async () => {
    const transaction = fixture.sessions.start(key, 2n);
    await transaction.write(insert({ _id: 1 }));
    await fixture.sessions.endSession(key);
    expect(transaction.state).toBe('aborted');
    expect([...fixture.sessions.sessionKeys()]).toEqual([]);
    await fixture.storage.write(insert({ _id: 1 }));
    await expect(fixture.sessions.commit(key, 2n)).rejects.toMatchObject({ code: 251 });
  });

  it('leaves a commit that is on its way alone', async () => {
    await fixture.sessions.start(key, 1n).write(insert({ _id: 1 }));
    const committing = fixture.sessions.commit(key, 1n);
    fixture.sessions.abortAll();
    await committing;
    expect(fixture.read(documentsOf)).toEqual([{ _id: 1 }]);
    expect(fixture.sessions.statistics()).toMatchObject({ started: 1, committed: 1, aborted: 0, active: 0, inactive: 0 });
  });
});

describe('retryable writes', () => {
  it('are done once, and answer as they did, after a restart too', async () => {
    expect(await retryable(fixture.sessions.retryable(key, 1n), 0, { _id: 1 })).toBe('done now');
    expect(await retryable(fixture.sessions.retryable(key, 1n), 1, { _id: 2 })).toBe('done now');
    expect(await retryable(fixture.sessions.retryable(key, 1n), 0, { _id: 1 })).toBe('inserted {"_id":1}');
    await fixture.restart();
    expect(await retryable(fixture.sessions.retryable(key, 1n), 1, { _id: 2 })).toBe('inserted {"_id":2}');
    expect(fixture.read(documentsOf)).toEqual([{ _id: 1 }, { _id: 2 }]);
  });

  it('forget the answers of the number before', async () => {
    await retryable(fixture.sessions.retryable(key, 1n), 0, { _id: 1 });
    expect(await retryable(fixture.sessions.retryable(key, 2n), 0, { _id: 2 })).toBe('done now');
    await expect(retryable(fixture.sessions.retryable(key, 1n), 0, { _id: 1 })).rejects.toMatchObject({ code: 225 });
  });

  it('leave no answer where the write itself was refused', async () => {
    await fixture.storage.write(insert({ _id: 1 }));
    await expect(retryable(fixture.sessions.retryable(key, 1n), 0, { _id: 1 })).rejects.toMatchObject({ code: 11_000 });
    await expect(retryable(fixture.sessions.retryable(key, 1n), 0, { _id: 1 })).rejects.toMatchObject({ code: 11_000 });
  });

  it('are told from transactions of the same number', async () => {
    await fixture.sessions.start(key, 1n).write(insert({ _id: 1 }));
    await fixture.sessions.commit(key, 1n);
    await expect(retryable(fixture.sessions.retryable(key, 1n), 0, { _id: 2 })).rejects.toMatchObject({ code: 217 });
  });

  it('abort an open transaction of an older number, and older than an open one are refused', () => {
    const transaction = fixture.sessions.start(key, 2n);
    expect(() => fixture.sessions.retryable(key, 1n)).toThrow(expect.objectContaining({ code: 225 }) as Error);
    fixture.sessions.retryable(key, 3n);
    expect(transaction.state).toBe('aborted');
  });
});

describe('the number of open transactions', () => {
  it('is limited, so that readers are left for everybody else', () => {
    for (let session = 1; session <= 1000; session += 1) fixture.sessions.start(sessionKey(session), 1n);
    expect(() => fixture.sessions.start(sessionKey(1001), 1n)).toThrow(expect.objectContaining({ code: 261, ...transient }) as Error);
    fixture.sessions.abort(sessionKey(1), 1n);
    fixture.sessions.start(sessionKey(1001), 1n);
    expect(fixture.read(documentsOf)).toEqual([]);
    expect(fixture.sessions.statistics()).toMatchObject({ started: 1001, aborted: 1, inactive: 1000 });
  });
});
