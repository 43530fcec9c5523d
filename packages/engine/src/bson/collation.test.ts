import { describe, expect, it } from 'vitest';
import { valueOf } from './arbitrary-values.fixture.js';
import { canonicalKey } from './canonical-key.js';
import { parseCollation } from './collation.js';
import { compareValues } from './compare.js';
import { encodeDocument } from './values.js';

const parse = (specification: object): ReturnType<typeof parseCollation> => parseCollation(encodeDocument(specification));

describe('a collation', () => {
  it.each<[specification: object, a: string, b: string, order: -1 | 0 | 1]>([
    [{ locale: 'en' }, 'a', 'B', -1],
    [{ locale: 'en' }, 'a', 'A', -1],
    [{ locale: 'en', caseFirst: 'upper' }, 'a', 'A', 1],
    [{ locale: 'en', strength: 1 }, 'é', 'E', 0],
    [{ locale: 'en', strength: 2 }, 'e', 'E', 0],
    [{ locale: 'en', strength: 2 }, 'é', 'e', 1],
    [{ locale: 'en', strength: 1, caseLevel: true }, 'é', 'e', 0],
    [{ locale: 'en', strength: 1, caseLevel: true }, 'e', 'E', -1],
    [{ locale: 'en_US', numericOrdering: true }, 'x9', 'x10', -1],
    [{ locale: 'sv' }, 'z', 'ö', -1],
    [{ locale: 'de' }, 'z', 'ö', 1],
    [{ locale: 'de@collation=phonebook' }, 'ad', 'ä', -1],
    [{ locale: 'en', alternate: 'shifted' }, 'a-b', 'ab', 0],
  ])('%o orders %s and %s as %i', (specification, a, b, order) => {
    expect(Math.sign(compareValues(valueOf({ x: [a] }), valueOf({ x: [b] }), parse(specification)))).toBe(order);
  });

  it('is undefined for the simple locale', () => {
    expect(parse({ locale: 'simple' })).toBeUndefined();
  });

  it('gives equal strings equal keys', () => {
    const collation = parse({ locale: 'en', strength: 1 });
    expect(canonicalKey(valueOf({ a: 'é' }), collation)).toBe(canonicalKey(valueOf({ a: 'E' }), collation));
    expect(canonicalKey(valueOf('e'), collation)).not.toBe(canonicalKey(valueOf('f'), collation));
  });

  it.each<[object, number]>([
    [{}, 40414],
    [{ locale: 'en', foo: 1 }, 40415],
    [{ locale: 'en', constructor: 1 }, 40415],
    [{ locale: 5 }, 14],
    [{ locale: 'klingon!' }, 2],
    [{ locale: 'en', strength: 9 }, 2],
    [{ locale: 'en', caseFirst: 'x' }, 2],
    [{ locale: 'fr', backwards: true }, 238],
  ])('%o is refused with %i', (specification, code) => {
    expect(() => parse(specification)).toThrow(expect.objectContaining({ code }));
  });
});
