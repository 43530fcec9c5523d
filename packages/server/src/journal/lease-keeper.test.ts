import { describe, expect, it } from 'vitest';
import { LeaseLost } from '../ports/operations.js';
import { keepingLease } from './lease-keeper.js';
import { Turns } from './turns.js';

const eager = { now: () => new Date(0), sleep: () => new Promise<void>((resolve) => { setImmediate(resolve); }) };

/** Runs work that ends when the lease has been renewed so often. */
async function keep(renew: (count: number) => Promise<void>, work: (renewed: Promise<void>) => Promise<string>, controller = new AbortController()): Promise<string> {
  let count = 0;
  let reached: () => void = () => undefined;
  const renewed = new Promise<void>((resolve) => { reached = resolve; });
  const keeping = { clock: eager, leaseMilliseconds: 3, renew: async () => {
    count += 1;
    if (count === 3) reached();
    await renew(count);
  } };
  return keepingLease(keeping, controller, () => work(renewed));
}

describe('a lease that is kept', () => {
  it('is renewed as long as the work goes on, and not after', async () => {
    let renewals = 0;
    await keep(async (count) => { renewals = count; }, async (renewed) => renewed.then(() => 'done'));
    const atTheEnd = renewals;
    await eager.sleep();
    await eager.sleep();
    expect(renewals).toBe(atTheEnd);
  });

  it('survives a renewal that fails for another reason', async () => {
    expect(await keep((count) => (count < 3 ? Promise.reject(new Error('away')) : Promise.resolve()), async (renewed) => renewed.then(() => 'done'))).toBe('done');
  });

  it('that is lost stops the work', async () => {
    const controller = new AbortController();
    const stopped = new Promise<void>((resolve) => { controller.signal.addEventListener('abort', () => resolve()); });
    const work = async (): Promise<string> => {
      await stopped;
      throw new Error('stopped');
    };
    await expect(keep(() => Promise.reject(new LeaseLost('lost')), work, controller)).rejects.toBeInstanceOf(LeaseLost);
  });

  it('is not missed by work that has just ended well', async () => {
    const controller = new AbortController();
    const stopped = new Promise<void>((resolve) => { controller.signal.addEventListener('abort', () => resolve()); });
    expect(await keep(() => Promise.reject(new LeaseLost('closed')), async () => stopped.then(() => 'done'), controller)).toBe('done');
  });
});

describe('turns', () => {
  it('of one key are taken one after the other, whatever becomes of them', async () => {
    const turns = new Turns();
    const order: string[] = [];
    const work = (name: string, end: () => Promise<void>) => turns.take('key', async () => {
      order.push(`${name} begins`);
      await end();
      order.push(`${name} ends`);
    });
    const first = work('first', () => eager.sleep());
    const second = work('second', () => Promise.reject(new Error('no')));
    const third = work('third', () => eager.sleep());
    await Promise.allSettled([first, second, third]);
    expect(order).toEqual(['first begins', 'first ends', 'second begins', 'third begins', 'third ends']);
    await expect(second).rejects.toThrow('no');
  });

  it('of different keys are taken at the same time', async () => {
    const turns = new Turns();
    let release: () => void = () => undefined;
    const first = turns.take('a', () => new Promise<void>((resolve) => { release = resolve; }));
    await turns.take('b', async () => release());
    await first;
  });
});
