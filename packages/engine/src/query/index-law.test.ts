import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryValue } from '../bson/arbitrary-values.fixture.js';
import { encodeBetween, type EncodedInterval } from '../bson/key-bounds.js';
import { encodeKey } from '../bson/key-encoding.js';
import { documentValue, type RawDocument, type RawValue } from '../bson/raw-value.js';
import { getField } from '../bson/reader.js';
import { BsonType } from '../bson/types.js';
import { documentOf, encodeDocument, objectValue } from '../bson/values.js';
import { CommandError } from '../errors.js';
import type { ComparisonOperator } from './filter-node.js';
import { compileIndexKeys } from './index-keys.js';
import { compileFilter } from './match/compile-filter.js';
import { environmentOf } from './query-environment.fixture.js';

const operators: readonly ComparisonOperator[] = ['$eq', '$gt', '$gte', '$lt', '$lte'];

function intervalOf(operator: ComparisonOperator, value: RawValue): EncodedInterval {
  const bound = { value, isInclusive: !/^\$[gl]t$/u.test(operator) };
  if (operator === '$eq') return encodeBetween(bound, bound);
  return operator.startsWith('$g') ? encodeBetween(bound, undefined) : encodeBetween(undefined, bound);
}

/** Whether a document has a key in the interval; undefined where it cannot be indexed at all (ambiguous numeric names). */
function isReached(document: RawDocument, path: string, { start, end }: EncodedInterval): boolean | undefined {
  try {
    const { keys } = compileIndexKeys(encodeDocument({ [path]: 1 }), { sparse: false }).keysOf(documentValue(document));
    return keys.map((key) => encodeKey(key, [1]).bytes).some((key) => key.compare(start) >= 0 && key.compare(end) < 0);
  } catch (error) {
    if (error instanceof CommandError && error.code === 16746) return undefined;
    throw error;
  }
}

const hasNoOrder: ReadonlySet<BsonType> = new Set([BsonType.array, BsonType.undefined, BsonType.regex, BsonType.minKey, BsonType.maxKey]);

const small = fc.constantFrom<unknown>(1, 2, 1.5, NaN, 'a', 'b', null, [], [1], [[1]], {}, { b: 1 }, { b: [1, 2] }, [{ b: 1 }, 2], [{ b: [1] }], [[{ b: 1 }]], [null], { 0: 1 });
const document = fc.oneof(
  small.map((a) => encodeDocument({ a })),
  fc.array(small, { maxLength: 3 }).map((a) => encodeDocument({ a })),
  arbitraryValue.map((a) => documentOf([['a', a]])),
);
const operand = fc.oneof(small.map((v) => encodeDocument({ v })).map((d) => documentValue(d)), arbitraryValue.map((v) => objectValue([['v', v]])));

describe('an index and the filter that it serves', () => {
  it('agree: every document that matches has a key within the bounds', () => {
    fc.assert(
      fc.property(document, operand, fc.constantFrom('a', 'a.b', 'a.0', 'a.0.b', 'a.b.0'), fc.constantFrom(...operators), (stored, holder, path, operator) => {
        const value = getField(holder, 'v');
        fc.pre(value !== undefined && !hasNoOrder.has(value.type));
        // As in MongoDB, `{'a.0.b': null}` matches where an element has no field "0", which index keys do not show.
        fc.pre(value.type !== BsonType.null || !/\.\d/.test(path));
        const filter = documentOf([[path, objectValue([[operator, value]])]]);
        if (!compileFilter(filter, environmentOf()).matches(documentValue(stored))) return;
        expect(isReached(stored, path, intervalOf(operator, value))).not.toBe(false);
      }),
      { numRuns: 5000 },
    );
  });
});
