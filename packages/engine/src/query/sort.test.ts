import { Decimal128, Long, MinKey } from 'bson';
import { describe, expect, it } from 'vitest';
import { decodePlain, encodeDocument } from '../bson/values.js';
import { parseCollation } from '../bson/collation.js';
import { environmentOf } from './query-environment.fixture.js';
import { compileSort } from './sort.js';

const sorted = (specification: object, documents: object[], collation?: object): unknown[] => {
  const order = compileSort(encodeDocument(specification), environmentOf(collation && parseCollation(encodeDocument(collation))));
  return documents.map((document) => encodeDocument(document)).sort((a, b) => order.compare(a, b)).map((document) => decodePlain(document).n);
};

describe('a sort', () => {
  it.each<[string, object, object[], number[], object?]>([
    ['orders types as MongoDB does', { a: 1 }, [{ n: 1, a: 'x' }, { n: 2, a: 5 }, { n: 3 }, { n: 4, a: new MinKey() }, { n: 5, a: [] }, { n: 6, a: true }], [4, 5, 3, 2, 1, 6]],
    ['compares numbers of all types', { a: 1 }, [{ n: 1, a: 3 }, { n: 2, a: Long.fromNumber(1) }, { n: 3, a: Decimal128.fromString('2.5') }], [2, 3, 1]],
    ['takes the least element of an array upwards', { a: 1 }, [{ n: 1, a: [5, 9] }, { n: 2, a: [7, 1] }], [2, 1]],
    ['takes the greatest element of an array downwards', { a: -1 }, [{ n: 1, a: [5, 8] }, { n: 2, a: [9, 1] }], [2, 1]],
    ['goes on with the next field', { a: 1, b: -1 }, [{ n: 1, a: 1, b: 1 }, { n: 2, a: 1, b: 2 }, { n: 3, a: 0, b: 0 }], [3, 2, 1]],
    ['follows dotted paths', { 'a.b': 1 }, [{ n: 1, a: { b: 2 } }, { n: 2, a: [{ b: 3 }, { b: 1 }] }], [2, 1]],
    ['orders strings by bytes', { a: 1 }, [{ n: 1, a: 'a' }, { n: 2, a: 'B' }], [2, 1]],
    ['orders strings by language', { a: 1 }, [{ n: 1, a: 'B' }, { n: 2, a: 'a' }], [2, 1], { locale: 'en' }],
    ['orders digits as numbers', { a: 1 }, [{ n: 1, a: 'x10' }, { n: 2, a: 'x9' }], [2, 1], { locale: 'en_US', numericOrdering: true }],
  ])('%s', (_, specification, documents, expected, collation) => {
    expect(sorted(specification, documents, collation)).toEqual(expected);
  });

  it.each<[object, number]>([
    [{ a: 2 }, 15975],
    [{ a: 'x' }, 15974],
    [{ a: { $meta: 'textScore' } }, 238],
    [{ a: { $foo: 1 } }, 17312],
    [{ $a: 1 }, 16410],
    [{ 'a.': 1 }, 40353],
    [{ '': 1 }, 40352],
  ])('%o is refused with %i', (specification, code) => {
    expect(() => compileSort(encodeDocument(specification), environmentOf())).toThrow(expect.objectContaining({ code }));
  });

  it('refuses parallel arrays', () => {
    expect(() => sorted({ a: 1, b: 1 }, [{ a: [1], b: [2] }, { a: [1], b: [2] }])).toThrow('cannot sort with keys that are parallel arrays');
  });
});
