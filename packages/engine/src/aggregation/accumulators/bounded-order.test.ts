import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoundedOrder } from './bounded-order.js';

describe('the best n of many', () => {
  it('are the first n of all of them, sorted, equal ones in the order in which they came', () => {
    const items = fc.array(fc.record({ key: fc.integer({ min: 0, max: 5 }), id: fc.nat() }));
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 10 }), (all, n) => {
        const compare = (a: { key: number }, b: { key: number }): number => a.key - b.key;
        const best = new BoundedOrder(n, compare);
        const dropped = all.map((item) => best.add(item)).filter((item) => item !== undefined);
        expect(best.sorted()).toEqual([...all].sort(compare).slice(0, n));
        expect(dropped).toHaveLength(Math.max(0, all.length - n));
      }),
    );
  });
});
