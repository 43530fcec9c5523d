// A history in memory, read while something else goes on.
import { describe, expect, it } from 'vitest';
import { alongside, type History } from './alongside.js';

interface Batch {
  readonly fences: readonly string[];
  readonly items: readonly string[];
}

interface Written extends History<Batch> {
  readonly taken: readonly string[];
  readonly fenceNames: readonly string[];
  write(item: string): void;
}

/** One batch for each thing that was written, and an empty one where there is nothing. */
function historyInMemory(fail: { readonly reading?: boolean } = {}): Written {
  const waiting: Batch[] = [];
  const taken: string[] = [];
  const fenceNames: string[] = [];
  return {
    taken, fenceNames,
    write: (item) => void waiting.push({ fences: [], items: [item] }),
    fence: async (name) => {
      fenceNames.push(name);
      waiting.push({ fences: [name], items: [] });
    },
    async *read(signal) {
      while (!signal.aborted) {
        await new Promise((resolve) => { setImmediate(resolve); });
        if (fail.reading === true) throw new Error('the history is lost');
        yield waiting.shift() ?? { fences: [], items: [] };
      }
    },
    take: async ({ items, fences }) => {
      taken.push(...items);
      return items.length + fences.length > 0;
    },
  };
}

const still = { now: () => new Date(0), sleep: () => Promise.resolve() };
const signal = new AbortController().signal;

describe('reading a history alongside other work', () => {
  it('takes everything that was acknowledged when the work ended, and gives what came of it', async () => {
    const history = historyInMemory();
    const result = await alongside(history, { signal, clock: still }, async (reach) => {
      history.write('first');
      await reach();
      expect(history.taken).toEqual(['first']);
      for (let index = 0; index < 200; index += 1) await reach();
      history.write('last');
      return 'done';
    });
    expect([result, history.taken]).toEqual(['done', ['first', 'last']]);
    // So many documents are left behind at the most.
    expect(new Set(history.fenceNames).size).toBeLessThanOrEqual(65);
  });

  it('ends with the work where that fails', async () => {
    const history = historyInMemory();
    await expect(alongside(history, { signal, clock: still }, () => Promise.reject(new Error('the work failed')))).rejects.toThrow('the work failed');
  });

  it('ends the work where the history fails, even one that waits for it', async () => {
    const history = historyInMemory({ reading: true });
    let isEnded = false;
    const work = alongside(history, { signal, clock: still }, async (reach, ended) => {
      ended.addEventListener('abort', () => (isEnded = true));
      await reach();
    });
    await expect(work).rejects.toThrow('the history is lost');
    expect(isEnded).toBe(true);
  });

  it('ends where whoever began it ends', async () => {
    const stopping = new AbortController();
    const work = alongside(historyInMemory(), { signal: stopping.signal, clock: still }, async (_reach, ended) => {
      stopping.abort(new Error('it stops'));
      ended.throwIfAborted();
    });
    await expect(work).rejects.toThrow('it stops');
  });

  it('moves the place with a fence where nothing has happened for a while', async () => {
    const history = historyInMemory();
    let now = 0;
    const clock = { now: () => new Date((now += 1000)), sleep: () => Promise.resolve() };
    await alongside(history, { signal, clock }, async () => {
      while (history.fenceNames.length < 3) await new Promise((resolve) => { setImmediate(resolve); });
    });
    expect(history.fenceNames.length).toBeGreaterThanOrEqual(4);
  });
});
