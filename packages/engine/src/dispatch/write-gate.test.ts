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
    const locking = gate.lock();
    expect(heard).toEqual([]);
    endWrite();
    await write;
    expect(await locking).toBe(1);
    expect(await gate.lock()).toBe(2);
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
    const locking = gate.lock();
    gate.unlock();
    endWrite();
    await Promise.all([write, locking]);
    expect(heard).toEqual([false]);
  });
});
