import { Long } from 'bson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate, evaluateTyped, failure, missing } from './evaluate.fixture.js';

describe('arrays', () => {
  it.each([
    [{ $arrayElemAt: [[1, 2, 3], 0] }, 1],
    [{ $arrayElemAt: [[1, 2, 3], -1] }, 3],
    [{ $arrayElemAt: [[1, 2, 3], 9] }, missing],
    [{ $arrayElemAt: [null, 0] }, null],
    [{ $first: [[1, 2]] }, 1],
    [{ $last: [[1, 2]] }, 2],
    [{ $first: [[]] }, missing],
    [{ $first: '$none' }, null],
    [{ $size: [[1, 2]] }, 2],
    [{ $isArray: [[1]] }, true],
    [{ $isArray: 'x' }, false],
    [{ $in: [2, [1, 2.0]] }, true],
    [{ $in: ['x', [1, 2]] }, false],
    [{ $slice: [[1, 2, 3], 2] }, [1, 2]],
    [{ $slice: [[1, 2, 3], -2] }, [2, 3]],
    [{ $slice: [[1, 2, 3], 1, 5] }, [2, 3]],
    [{ $slice: [[1, 2, 3], -9, 2] }, [1, 2]],
    [{ $slice: [[1, 2, 3], 15, 2] }, []],
    [{ $slice: [null, 1] }, null],
    [{ $indexOfArray: [['a', 'abc'], 'a'] }, 0],
    [{ $indexOfArray: [['a', 'b', 'a'], 'a', 1] }, 2],
    [{ $indexOfArray: [['a', 'b'], 'b', 0, 1] }, -1],
    [{ $indexOfArray: [null, 'a'] }, null],
    [{ $concatArrays: [[1], [2, [3]]] }, [1, 2, [3]]],
    [{ $concatArrays: [[1], '$none'] }, null],
    [{ $reverseArray: [[1, 2, 3]] }, [3, 2, 1]],
    [{ $range: [0, 10, 3] }, [0, 3, 6, 9]],
    [{ $range: [5, 0, -2] }, [5, 3, 1]],
    [{ $range: [0, 3] }, [0, 1, 2]],
    [{ $range: [0, -3] }, []],
    [{ $zip: { inputs: [[1, 2], ['a', 'b', 'c']] } }, [[1, 'a'], [2, 'b']]],
    [{ $zip: { inputs: [[1], ['a', 'b']], useLongestLength: true, defaults: [0, 'z'] } }, [[1, 'a'], [0, 'b']]],
    [{ $zip: { inputs: [[1], null] } }, null],
    [{ $map: { input: [1, 2], as: 'n', in: { $add: ['$$n', 1] } } }, [2, 3]],
    [{ $map: { input: [1], in: '$none' } }, [null]],
    [{ $map: { input: null, in: 1 } }, null],
    [{ $filter: { input: [1, 2, 3, 4], cond: { $gt: ['$$this', 1] }, limit: 2 } }, [2, 3]],
    [{ $reduce: { input: ['a', 'b'], initialValue: '', in: { $concat: ['$$value', '$$this'] } } }, 'ab'],
    [{ $reduce: { input: [], initialValue: 7, in: 1 } }, 7],
    [{ $sortArray: { input: [3, 'a', 1, null], sortBy: 1 } }, [null, 1, 3, 'a']],
    [{ $sortArray: { input: [{ a: 1, b: 2 }, { a: 1, b: 1 }, { a: 0, b: 3 }], sortBy: { a: -1, b: 1 } } }, [{ a: 1, b: 1 }, { a: 1, b: 2 }, { a: 0, b: 3 }]],
    [{ $firstN: { input: [1, 2, 3], n: 2 } }, [1, 2]],
    [{ $lastN: { input: [1, 2, 3], n: 2 } }, [2, 3]],
    [{ $maxN: { input: [1, 5, null, 3], n: 2 } }, [5, 3]],
    [{ $minN: { input: [4, 5, null, 3], n: 2 } }, [3, 4]],
    [{ $median: { input: [1, 5, 3], method: 'approximate' } }, 3],
    [{ $percentile: { input: [10, 20, 30, 40], p: [0, 0.5, 1], method: 'approximate' } }, [10, 20, 40]],
    [{ $percentile: { input: 'x', p: [0.5], method: 'approximate' } }, [null]],
  ])('%j is %j', (expression, expected) => {
    expect(evaluate(expression)).toEqual(expected);
  });

  it.each([
    [{ $arrayElemAt: [1, 0] }, "28689 $arrayElemAt's first argument must be an array, but is int"],
    [{ $arrayElemAt: [[1], 1.5] }, "28691 $arrayElemAt's second argument must be representable as a 32-bit integer: 1.5"],
    [{ $size: '$none' }, '17124 The argument to $size must be an array, but was of type: missing'],
    [{ $in: [1, 'x'] }, '40081 $in requires an array as a second argument, found: string'],
    [{ $slice: [[1], 1, 0] }, '28729 Third argument to $slice must be positive: 0'],
    [{ $concatArrays: [1] }, '28664 $concatArrays only supports arrays, not int'],
    [{ $range: [0, 5, 0] }, '34449 $range requires a non-zero step value'],
    [{ $zip: { inputs: [] } }, '34465 $zip requires at least one input array'],
    [{ $zip: { inputs: [[1]], defaults: [1] } }, '34466 cannot specify defaults unless useLongestLength is true'],
    [{ $map: { input: 1, in: 1 } }, '16883 input to $map must be an array not int'],
    [{ $map: { in: 1 } }, "16880 Missing 'input' parameter to $map"],
    [{ $filter: { input: [], cond: 1, limit: 0 } }, '327392 $filter: limit must be greater than 0: 0'],
    [{ $reduce: { input: 'x', initialValue: 0, in: 1 } }, "40080 $reduce requires that 'input' be an array, found: \"x\""],
    [{ $firstN: { input: [1], n: 0 } }, "5787908 'n' must be greater than 0, found 0"],
  ])('%j fails', (expression, expected) => {
    expect(failure(expression)).toBe(expected);
  });
});

describe('sets', () => {
  it.each([
    [{ $setUnion: [[1, 2], [2, 3]] }, [1, 2, 3]],
    [{ $setUnion: [[1], null] }, null],
    [{ $setIntersection: [[1, 2, 2], [2, 3]] }, [2]],
    [{ $setDifference: [[1, 2, 1], [2]] }, [1]],
    [{ $setEquals: [[1, 2, 2], [2, 1]] }, true],
    [{ $setIsSubset: [[1], [1, 2]] }, true],
    [{ $anyElementTrue: [[0, null]] }, false],
    [{ $allElementsTrue: [[]] }, true],
  ])('%j is %j', (expression, expected) => {
    expect(evaluate(expression)).toEqual(expected);
  });

  it('takes numbers of different types for one element, the first of them', () => {
    expect(evaluateTyped({ $setUnion: [[Long.fromNumber(1)], [1]] })).toEqual([{ $numberLong: '1' }]);
  });

  it('obeys the laws of sets', () => {
    const set = fc.array(fc.integer({ min: 0, max: 8 }));
    fc.assert(
      fc.property(set, set, (a, b) => {
        expect(evaluate({ $setEquals: [{ $setUnion: [a, b] }, { $setUnion: [b, a] }] })).toBe(true);
        expect(evaluate({ $setIsSubset: [{ $setIntersection: [a, b] }, a] })).toBe(true);
        expect(evaluate({ $setEquals: [{ $setUnion: [{ $setDifference: [a, b] }, { $setIntersection: [a, b] }] }, a] })).toBe(true);
      }),
    );
  });
});

describe('laws of arrays', () => {
  const numbers = fc.array(fc.integer());

  it('sorts in either direction to the reverse of one another', () => {
    fc.assert(
      fc.property(numbers, (input) => {
        const descending = evaluate({ $sortArray: { input, sortBy: -1 } });
        expect(descending).toEqual(evaluate({ $reverseArray: [{ $sortArray: { input, sortBy: 1 } }] }));
      }),
    );
  });

  it('puts an array together again out of its slices', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 2 }), fc.nat(), (input, seed) => {
        const cut = 1 + (seed % (input.length - 1));
        expect(evaluate({ $concatArrays: [{ $slice: [input, cut] }, { $slice: [input, cut, input.length] }] })).toEqual(input);
      }),
    );
  });
});
