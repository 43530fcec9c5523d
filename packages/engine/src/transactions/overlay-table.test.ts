import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyValue, RangeQuery } from '../storage/key-value.js';
import { OverlayTable } from './overlay-table.js';

/** The rows of a range by sorting all there are: what every view must agree with. */
function naiveRange(rows: ReadonlyMap<string, string>, query: RangeQuery): KeyValue[] {
  const found = [...rows]
    .map(([key, value]) => ({ key: Buffer.from(key, 'latin1'), value: Buffer.from(value) }))
    .filter(({ key }) => Buffer.compare(key, query.start) >= 0 && Buffer.compare(key, query.end) < 0)
    .sort((a, b) => Buffer.compare(a.key, b.key));
  return (query.reverse ? found.reverse() : found).slice(0, query.limit);
}

const keyText = fc.string({ unit: fc.constantFrom('a', 'b', 'ÿ'), minLength: 0, maxLength: 4 });
const change = fc.record({ kind: fc.constant('change' as const), key: keyText, value: fc.option(fc.string({ maxLength: 2 }), { nil: undefined }) });
const query = fc.record({
  kind: fc.constant('query' as const), start: keyText, end: keyText, reverse: fc.boolean(), limit: fc.integer({ min: 1, max: 6 }),
});

describe('changes above a table', () => {
  it('read as if they had been made in it, in both directions, whatever the order of changes and reads', () => {
    fc.assert(
      fc.property(fc.dictionary(keyText, fc.string({ maxLength: 2 })), fc.array(fc.oneof(change, query), { maxLength: 60 }), (below, steps) => {
        const overlay = new OverlayTable();
        const stored = new Map(Object.entries(below));
        const model = new Map(stored);
        for (const step of steps) {
          if (step.kind === 'change') {
            overlay.set(Buffer.from(step.key, 'latin1'), step.value === undefined ? undefined : Buffer.from(step.value));
            if (step.value === undefined) model.delete(step.key);
            else model.set(step.key, step.value);
          } else {
            const range = { start: Buffer.from(step.start, 'latin1'), end: Buffer.from(step.end, 'latin1'), reverse: step.reverse, limit: step.limit };
            expect(overlay.merge(range, (rest) => naiveRange(stored, rest))).toEqual(naiveRange(model, range));
          }
        }
      }),
    );
  });

  it('step over more removed rows than one page holds', () => {
    const overlay = new OverlayTable();
    const stored = new Map(Array.from({ length: 500 }, (_row, at) => [String(at).padStart(4, '0'), 'x']));
    for (const key of [...stored.keys()].slice(0, 400)) overlay.set(Buffer.from(key), undefined);
    const [first] = overlay.merge({ start: Buffer.from('0'), end: Buffer.from('9'), reverse: false, limit: 1 }, (rest) => naiveRange(stored, rest));
    expect(first?.key.toString()).toBe('0400');
  });
});
