import { Decimal128, Long } from 'bson';
import { describe, expect, it } from 'vitest';
import { runPipelineTyped } from '../stages/run-pipeline.fixture.js';

describe('$sum over doubles and a decimal', () => {
  it.each<[readonly unknown[], string]>([
    // Exactly, the doubles 0.1 and 0.2 are a little more, and their sum as a double would be more again.
    [[0.1, 0.2, Decimal128.fromString('0.3')], '0.6000000000000000166533453693773481'],
    [[0.5, Long.fromString('9007199254740993'), Decimal128.fromString('0')], '9007199254740993.5'],
    [[Number.NaN, Decimal128.fromString('1')], 'NaN'],
    [[Number.POSITIVE_INFINITY, Decimal128.fromString('1')], 'Infinity'],
  ])('%s is %s', (values, expected) => {
    const documents = values.map((a) => ({ a }));
    expect(runPipelineTyped([{ $group: { _id: null, sum: { $sum: '$a' } } }], documents)).toEqual([{ _id: null, sum: { $numberDecimal: expected } }]);
  });
});
