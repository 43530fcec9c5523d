import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { successor, type KeyValue, type RangePage, type RangeQuery } from '../storage/key-value.js';
import { OverlayTable } from './overlay-table.js';

/** The rows of a range by sorting all there are: what every view must agree with. */
function naiveRange(rows: ReadonlyMap<string, string>, query: RangeQuery): KeyValue[] {
  const found = [...rows]
    .map(([key, value]) => ({ key: Buffer.from(key, 'latin1'), value: Buffer.from(value) }))
    .filter(({ key }) => Buffer.compare(key, query.start) >= 0 && Buffer.compare(key, query.end) < 0)
    .sort((a, b) => Buffer.compare(a.key, b.key));
  return query.reverse ? found.reverse() : found;
}

/** A table whose pages end early, as those of large rows do. */
const pagedBelow = (rows: ReadonlyMap<string, string>, rowsPerPage: number) => (query: RangeQuery): RangePage => {
  const all = naiveRange(rows, query);
  const entries = all.slice(0, Math.min(query.limit, rowsPerPage));
  return { entries, isLast: entries.length === all.length };
};

/** Everything of a range, page by page. */
function walk(range: (query: RangeQuery) => RangePage, query: RangeQuery): KeyValue[] {
  const found: KeyValue[] = [];
  let { start, end } = query;
  for (;;) {
    const { entries, isLast } = range({ ...query, start, end });
    expect(entries.length).toBeLessThanOrEqual(query.limit);
    found.push(...entries);
    if (isLast) return found;
    const last = entries[entries.length - 1]!.key;
    if (query.reverse) end = last;
    else start = successor(last);
  }
}

const keyText = fc.string({ unit: fc.constantFrom('a', 'b', 'ÿ'), minLength: 0, maxLength: 4 });
const change = fc.record({ kind: fc.constant('change' as const), key: keyText, value: fc.option(fc.string({ maxLength: 2 }), { nil: undefined }) });
const query = fc.record({
  kind: fc.constant('query' as const), start: keyText, end: keyText, reverse: fc.boolean(), limit: fc.integer({ min: 1, max: 6 }),
});
const stored = fc.dictionary(keyText, fc.string({ maxLength: 2 }));

describe('changes above a table', () => {
  it('read as if they had been made in it, in both directions, whatever the order of changes and reads and the size of pages', () => {
    fc.assert(
      fc.property(stored, fc.integer({ min: 1, max: 5 }), fc.array(fc.oneof(change, query), { maxLength: 60 }), (rows, rowsPerPage, steps) => {
        const overlay = new OverlayTable();
        const below = new Map(Object.entries(rows));
        const model = new Map(below);
        for (const step of steps) {
          if (step.kind === 'change') {
            overlay.set(Buffer.from(step.key, 'latin1'), step.value === undefined ? undefined : Buffer.from(step.value));
            if (step.value === undefined) model.delete(step.key);
            else model.set(step.key, step.value);
          } else {
            const range = { start: Buffer.from(step.start, 'latin1'), end: Buffer.from(step.end, 'latin1'), reverse: step.reverse, limit: step.limit };
            expect(walk((page) => overlay.merge(page, pagedBelow(below, rowsPerPage)), range)).toEqual(naiveRange(model, range));
          }
        }
      }),
    );
  });

  it('step over more removed rows than one page holds', () => {
    const overlay = new OverlayTable();
    const below = new Map(Array.from({ length: 500 }, (_row, at) => [String(at).padStart(4, '0'), 'x']));
    for (const key of [...below.keys()].slice(0, 400)) overlay.set(Buffer.from(key), undefined);
    const { entries } = overlay.merge({ start: Buffer.from('0'), end: Buffer.from('9'), reverse: false, limit: 1 }, pagedBelow(below, 50));
    expect(entries[0]?.key.toString()).toBe('0400');
  });
});
