import { describe, expect, it } from 'vitest';
import { documentValue } from '../bson/raw-value.js';
import { decodePlain, documentOf, encodeDocument } from '../bson/values.js';
import { compileIndexKeys, type IndexKeys } from './index-keys.js';

const indexKeys = (document: object, pattern: object, sparse = false): IndexKeys => compileIndexKeys(encodeDocument(pattern), { sparse }).keysOf(documentValue(encodeDocument(document)));

const keysOf = (document: object, pattern: object, sparse = false): unknown[] =>
  indexKeys(document, pattern, sparse).keys.map((key) => {
    const plain = decodePlain(documentOf(key.map((value, index) => [`k${index}`, value] as const)));
    return Object.keys(plain).map((name) => plain[name] as unknown);
  });

describe('index keys', () => {
  it.each<[string, object, object, unknown[]]>([
    ['one field', { a: 5 }, { a: 1 }, [[5]]],
    ['a missing field is null', { b: 1 }, { a: 1 }, [[null]]],
    ['compound', { a: 1, b: 2 }, { b: -1, a: 1 }, [[2, 1]]],
    ['a dotted path', { a: { b: { c: 3 } } }, { 'a.b.c': 1 }, [[3]]],
    ['a dotted path through a scalar', { a: 1 }, { 'a.b': 1 }, [[null]]],
    ['an array gives a key per element', { a: [1, 2, 3] }, { a: 1 }, [[1], [2], [3]]],
    ['equal elements give one key', { a: [1, 1, 2] }, { a: 1 }, [[1], [2]]],
    ['an empty array is undefined', { a: [] }, { a: 1 }, [[undefined]]],
    ['an array of arrays is expanded once', { a: [[1, 2], 3] }, { a: 1 }, [[[1, 2]], [3]]],
    ['objects in an array', { a: [{ b: 1 }, { b: 2 }] }, { 'a.b': 1 }, [[1], [2]]],
    ['scalars among the objects', { a: [{ b: 1 }, 7] }, { 'a.b': 1 }, [[1], [null]]],
    ['an empty array under a dotted path', { a: [] }, { 'a.b': 1 }, [[null]]],
    ['arrays inside arrays of objects', { a: [{ b: [1, 2] }, { b: 3 }] }, { 'a.b': 1 }, [[1], [2], [3]]],
    ['two fields of one array go together', { a: [{ b: 1, c: 2 }, { b: 3 }] }, { 'a.b': 1, 'a.c': 1 }, [[1, 2], [3, null]]],
    ['an array beside a scalar', { a: [1, 2], b: 9 }, { a: 1, b: 1 }, [[1, 9], [2, 9]]],
    ['the array itself and a path into it', { a: [{ b: 1 }] }, { a: 1, 'a.b': 1 }, [[{ b: 1 }, 1]]],
    ['a position', { a: [5, 6] }, { 'a.0': 1 }, [[5]]],
    ['a position beyond the end', { a: [5, 6] }, { 'a.4': 1 }, [[null]]],
    ['a position and a field', { a: [{ b: 1 }, { b: 2 }] }, { 'a.1.b': 1 }, [[2]]],
    ['an array at a position is kept whole', { a: [[1, 2]] }, { 'a.0': 1 }, [[[1, 2]]]],
    ['a numeric name of an object', { a: { 0: 7 } }, { 'a.0': 1 }, [[7]]],
  ])('%s', (_, document, pattern, expected) => {
    expect(keysOf(document, pattern)).toEqual(expected);
  });

  it('refuses arrays on two independent paths with 171', () => {
    expect(() => keysOf({ a: [1], b: [2] }, { a: 1, b: 1 })).toThrow(expect.objectContaining({ code: 171, message: 'cannot index parallel arrays [b] [a]' }));
  });

  it('refuses a numeric name beside a position with 16746', () => {
    expect(() => keysOf({ a: [{ 0: 1 }] }, { 'a.0': 1 })).toThrow(expect.objectContaining({ code: 16746 }));
  });

  it('leaves a document without any of the fields out of a sparse index', () => {
    expect(keysOf({ c: 1 }, { a: 1, b: 1 }, true)).toEqual([]);
    expect(keysOf({ b: 1 }, { a: 1, b: 1 }, true)).toEqual([[null, 1]]);
  });

  it('reports arrays on the path as multikey', () => {
    const multikey = (document: object): boolean => indexKeys(document, { 'a.b': 1 }).multikey;
    expect(multikey({ a: [{ b: 1 }] })).toBe(true);
    expect(multikey({ a: { b: 1 } })).toBe(false);
  });
});
