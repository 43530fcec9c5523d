// Sets of values say the same whether they compare or look up keys.
import { Decimal128, Double, Long } from 'bson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryValue, valueOf } from '../../../bson/arbitrary-values.fixture.js';
import { valuesEqual } from '../../../bson/compare.js';
import { distinctValues, membership, missingValues } from './value-set.js';

const many = fc.array(arbitraryValue, { maxLength: 20 });

describe('sets of values', () => {
  it('know their members', () => {
    fc.assert(
      fc.property(many, arbitraryValue, (values, value) => {
        expect(membership(values, undefined)(value)).toBe(values.some((member) => valuesEqual(member, value)));
      }),
    );
  });

  it('keep the first of equal values', () => {
    fc.assert(
      fc.property(many, (values) => {
        const wanted = values.filter((value, index) => !values.slice(0, index).some((earlier) => valuesEqual(earlier, value)));
        expect(distinctValues(values, undefined)).toEqual(wanted);
      }),
    );
  });

  it('leave out what is known', () => {
    fc.assert(
      fc.property(many, many, (values, known) => {
        const wanted = values.filter((value) => !known.some((other) => valuesEqual(value, other)));
        expect(missingValues(values, known, undefined)).toEqual(wanted);
      }),
    );
  });

  it('count equal numbers of all types as one', () => {
    const ones = [1, Long.fromNumber(1), new Double(1), Decimal128.fromString('1.00')].map(valueOf);
    expect(distinctValues([...ones, ...ones, ...ones], undefined)).toEqual([ones[0]]);
  });
});
