import type { Document } from 'bson';
import { describe, expect, it } from 'vitest';
import { decodePlain, documentOf, encodeDocument } from '../bson/values.js';
import { documentValue } from '../bson/raw-value.js';
import { CommandError } from '../errors.js';
import { compileWildcardKeys } from './wildcard-keys.js';
import { wildcardPatternOf } from './wildcard-pattern.js';

function keysOf(document: Document, pattern: Document, projection?: Document): unknown[][] {
  const key = encodeDocument(pattern);
  const wildcard = wildcardPatternOf(key, projection === undefined ? undefined : documentValue(encodeDocument(projection)))!;
  return compileWildcardKeys(key, wildcard).keysOf(documentValue(encodeDocument(document))).keys
    .map((values) => Object.values(decodePlain(documentOf(values.map((value, place) => [`k${place}`, value] as const)))) as unknown[]);
}

const all = { '$**': 1 };
const arrayAt = (path: string): unknown[] => [1, path];

describe('keys of a wildcard index', () => {
  it.each<[string, Document, Document, unknown[][]]>([
    ['are a path and a value each', { a: 1, b: 'x' }, all, [['a', 1], ['b', 'x']]],
    ['leave the _id out', { _id: 7 }, all, []],
    ['follow objects', { a: { b: { c: 1 } } }, all, [['a.b.c', 1]]],
    ['keep an empty object', { a: {} }, all, [['a', {}]]],
    ['keep null', { a: null }, all, [['a', null]]],
    ['take elements at the array\'s path, and say that there is an array', { a: [1, 2, 1] }, all, [arrayAt('a'), ['a', 1], ['a', 2]]],
    ['have undefined for an empty array', { a: [] }, all, [arrayAt('a'), ['a', undefined]]],
    ['follow objects in arrays', { a: [{ b: 1 }, 7] }, all, [arrayAt('a'), ['a.b', 1], ['a', 7]]],
    ['keep an array in an array whole', { a: [[1, 2]] }, all, [arrayAt('a'), ['a', [1, 2]]]],
    ['name every array on the way', { a: [{ b: [1] }] }, all, [arrayAt('a'), arrayAt('a.b'), ['a.b', 1]]],
    ['have no path for fields that no query can name', { a: { 'x.y': 1 } }, all, [['a', {}]]],
    ['are below one field alone', { a: { x: 1 }, b: 2 }, { 'a.$**': 1 }, [['a.x', 1]]],
    ['are of the field itself where it is a value', { a: 5, b: 2 }, { 'a.$**': 1 }, [['a', 5]]],
  ])('%s', (_what, document, pattern, expected) => {
    expect(keysOf(document, pattern)).toEqual(expected);
  });

  it.each<[string, Document, unknown[][]]>([
    ['fields that are included', { a: 1, 'd.e': 1 }, [['a', 1], ['d.e', 3]]],
    ['fields that are not excluded', { a: 0, d: 0 }, [['b', 2]]],
    ['the _id where it is included', { _id: 1, a: 1 }, [['_id', 9], ['a', 1]]],
    ['all others where only the _id is excluded', { _id: 0 }, [['a', 1], ['b', 2], ['d.e', 3], ['d.f', 4]]],
    ['nested fields', { d: { f: 1 } }, [['d.f', 4]]],
  ])('with a projection are of %s', (_what, projection, expected) => {
    expect(keysOf({ _id: 9, a: 1, b: 2, d: { e: 3, f: 4 } }, all, projection)).toEqual(expected);
  });

  it('stand between the values of a compound pattern\'s other fields', () => {
    const pattern = { x: 1, 'a.$**': -1, 'y.z': 1 };
    expect(keysOf({ x: 3, a: { b: 1, c: 2 }, y: { z: 4 } }, pattern)).toEqual([[3, 'a.b', 1, 4], [3, 'a.c', 2, 4]]);
    const [withoutPath] = keysOf({ x: 3 }, pattern);
    expect([withoutPath![0], withoutPath![3]]).toEqual([3, null]);
    expect(() => keysOf({ x: [3], a: 1 }, pattern)).toThrow(CommandError);
  });
});
