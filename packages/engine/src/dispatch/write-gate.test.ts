import { describe, expect, it } from 'vitest';
import { WriteGate } from './write-gate.js';

describe('the write gate', () => {
  it('tells once everything is quiet, and again when the last lock is gone', async () => {
    const heard: boolean[] = [];
    const gate = new WriteGate((isLocked) => heard.push(isLocked));
    let endWrite = (): void => undefined;
    const write = gate.pass(() => new Promise<void>((resolve) => {
      endWrite = resolve;
    }));
    const locking = gate.lock(60_000);
    expect(heard).toEqual([]);
    endWrite();
    await write;
    expect(await locking).toBe(1);
    expect(await gate.lock(60_000)).toBe(2);
    gate.unlock();
    expect(heard).toEqual([true, true]);
    gate.unlock();
    expect(heard).toEqual([true, true, false]);
  });

  it('stays open where the lock was taken away before it was in force', async () => {
    const heard: boolean[] = [];
    const gate = new WriteGate((isLocked) => heard.push(isLocked));
    let endWrite = (): void => undefined;
    const write = gate.pass(() => new Promise<void>((resolve) => {
      endWrite = resolve;
    }));
    const locking = gate.lock(60_000);
    gate.unlock();
    endWrite();
    await Promise.all([write, locking]);
    expect(heard).toEqual([false]);
  });

  it('is given up where writes do not end in time, and those that came meanwhile go on', async () => {
    const gate = new WriteGate();
    let endWrite = (): void => undefined;
    const slow = gate.pass(() => new Promise<void>((resolve) => {
      endWrite = resolve;
    }));
    const locking = gate.lock(1);
    const held = gate.pass(() => Promise.resolve('written'));
    await expect(locking).rejects.toMatchObject({ code: 24 });
    expect(await held).toBe('written');
    expect(gate.lockCount).toBe(0);
    endWrite();
    await slow;
  });
});
