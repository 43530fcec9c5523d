import { Double, Int32 } from 'bson';
import { describe, expect, it } from 'vitest';
import { documentValue } from '../../bson/raw-value.js';
import { decodePlain, encodeDocument } from '../../bson/values.js';
import { environmentOf } from '../query-environment.fixture.js';
import { compileProjection, compileProjectStage } from './compile-projection.js';

const project = (specification: object, document: object, arrayIndex?: number): string =>
  JSON.stringify(decodePlain(compileProjection(encodeDocument(specification), environmentOf()).apply(documentValue(encodeDocument(document)), arrayIndex)));

const stage = (specification: object, document: object): string =>
  JSON.stringify(decodePlain(compileProjectStage(encodeDocument(specification), environmentOf()).apply(documentValue(encodeDocument(document)))));

describe('a projection', () => {
  it.each<[specification: object, document: object, expected: object]>([
    [{}, { _id: 1, a: 2 }, { _id: 1, a: 2 }],
    [{ a: 1 }, { _id: 1, b: 2, a: 3 }, { _id: 1, a: 3 }],
    [{ a: true, b: new Double(0.5) }, { b: 2, a: 3, c: 1 }, { b: 2, a: 3 }],
    [{ a: 1, _id: 0 }, { _id: 1, a: 3 }, { a: 3 }],
    [{ _id: 1 }, { _id: 1, a: 3 }, { _id: 1 }],
    [{ _id: 0 }, { _id: 1, a: 3 }, { a: 3 }],
    [{ a: 0 }, { _id: 1, a: 3, b: 4 }, { _id: 1, b: 4 }],
    [{ a: 0, _id: 1 }, { _id: 1, a: 3, b: 4 }, { _id: 1, b: 4 }],
    [{ a: 0, _id: 0 }, { _id: 1, a: 3, b: 4 }, { b: 4 }],
    [{ missing: 1 }, { _id: 1, a: 3 }, { _id: 1 }],
    [{ 'a.b': 1 }, { _id: 1, a: { b: 1, c: 2 }, d: 3 }, { _id: 1, a: { b: 1 } }],
    [{ a: { b: 1 } }, { _id: 1, a: { b: 1, c: 2 } }, { _id: 1, a: { b: 1 } }],
    [{ 'a.b': 1 }, { a: [{ b: 1, c: 2 }, 5, { c: 1 }, [{ b: 3, c: 1 }]] }, { a: [{ b: 1 }, {}, [{ b: 3 }]] }],
    [{ 'a.b': 1 }, { a: 5 }, {}],
    [{ 'a.b': 0 }, { a: [{ b: 1, c: 2 }, 5, { b: 1 }], d: 1 }, { a: [{ c: 2 }, 5, {}], d: 1 }],
    [{ 'a.b': 0, 'a.c': 0 }, { a: { b: 1, c: 2, d: 3 } }, { a: { d: 3 } }],
    [{ 'a.b': 0 }, { a: 5 }, { a: 5 }],
    [{ a: { $slice: 2 } }, { _id: 1, a: [1, 2, 3], b: 1 }, { _id: 1, a: [1, 2], b: 1 }],
    [{ a: { $slice: -2 } }, { a: [1, 2, 3] }, { a: [2, 3] }],
    [{ a: { $slice: [1, 1] } }, { a: [1, 2, 3] }, { a: [2] }],
    [{ a: { $slice: [-2, 1] } }, { a: [1, 2, 3] }, { a: [2] }],
    [{ a: { $slice: [-9, 2] } }, { a: [1, 2, 3] }, { a: [1, 2] }],
    [{ a: { $slice: 1 }, b: 1 }, { _id: 1, a: [1, 2], b: 1, c: 1 }, { _id: 1, a: [1], b: 1 }],
    [{ a: { $slice: 1 }, b: 0 }, { _id: 1, a: [1, 2], b: 1, c: 1 }, { _id: 1, a: [1], c: 1 }],
    [{ a: { $slice: 1 }, _id: 0 }, { _id: 1, a: [1, 2], b: 1 }, { a: [1], b: 1 }],
    [{ 'a.b': { $slice: 1 } }, { a: [{ b: [1, 2] }, { b: [3, 4] }] }, { a: [{ b: [1] }, { b: [3] }] }],
    [{ a: { $slice: 1 } }, { a: 5 }, { a: 5 }],
    [{ a: { $elemMatch: { b: 2 } } }, { _id: 1, a: [{ b: 1 }, { b: 2, c: 3 }], d: 1 }, { _id: 1, a: [{ b: 2, c: 3 }] }],
    [{ a: { $elemMatch: { $gt: 1 } }, d: 1 }, { _id: 1, a: [1, 2, 3], d: 1 }, { _id: 1, d: 1, a: [2] }],
    [{ a: { $elemMatch: { $gt: 9 } } }, { _id: 1, a: [1, 2, 3] }, { _id: 1 }],
    [{ a: { $elemMatch: { $gt: 1 } }, d: 0 }, { _id: 1, a: [1, 2, 3], d: 1, e: 2 }, { _id: 1, a: [2], e: 2 }],
    [{ x: { $add: ['$a', 1] } }, { _id: 1, a: 3, x: 9 }, { _id: 1, x: 4 }],
    [{ a: 1, x: '$b.c' }, { _id: 1, b: { c: 2 }, a: 3 }, { _id: 1, a: 3, x: 2 }],
    [{ x: 'text', a: 1 }, { _id: 1, a: 3 }, { _id: 1, a: 3, x: 'text' }],
    [{ 'a.x': '$b' }, { a: [{ b: 1 }, 2], b: 7 }, { a: [{ x: 7 }, { x: 7 }] }],
    [{ 'a.x': '$b' }, { b: 7 }, { a: { x: 7 } }],
    [{ a: { $slice: ['$b', 1] } }, { _id: 1, b: [1, 2] }, { _id: 1, a: [1] }],
    [{ a: ['$b', 1] }, { b: 2 }, { a: [2, 1] }],
  ])('%o of %o', (specification, document, expected) => {
    expect(project(specification, document)).toBe(JSON.stringify(expected));
  });

  it.each<[specification: object, document: object, arrayIndex: number, expected: object]>([
    [{ 'a.$': 1 }, { _id: 1, a: [1, 2, 3], b: 1 }, 1, { _id: 1, a: [2] }],
    [{ 'a.b.$': 1 }, { a: { b: [5, 6], c: 1 } }, 1, { a: { b: [6] } }],
    [{ 'a.b.$': 1 }, { a: [{ b: [5, 6] }, { b: [7], c: 1 }] }, 1, { a: [{ b: [7] }] }],
  ])('%o of %o at %s', (specification, document, arrayIndex, expected) => {
    expect(project(specification, document, arrayIndex)).toBe(JSON.stringify(expected));
  });

  it.each<[specification: object, code: number, message: RegExp]>([
    [{ a: 1, b: 0 }, 31254, /^Cannot do exclusion on field b in inclusion projection$/],
    [{ a: 0, b: 1 }, 31253, /^Cannot do inclusion on field b in exclusion projection$/],
    [{ 'a.b': 1, a: 1 }, 31250, /^Path collision at a$/],
    [{ a: 1, 'a.b': 1 }, 31249, /^Path collision at a\.b remaining portion b$/],
    [{ a: { b: 1 }, 'a.b': 1 }, 31250, /^Path collision at a\.b$/],
    [{ 'a.b': 1, a: { b: 1 } }, 31250, /^Path collision at b$/],
    [{ a: 1, 'a.b.c': 1 }, 31249, /^Path collision at a\.b\.c remaining portion b\.c$/],
    [{ a: { b: 1, c: 0 } }, 31254, /^Cannot do exclusion on field c in inclusion projection$/],
    [{ a: 0, b: '$c' }, 31310, /^Cannot use an expression b: "\$c" in an exclusion projection$/],
    [{ a: 0, b: { $add: [1, 1] } }, 31252, /^Cannot use expression other than \$meta in exclusion projection$/],
    [{ a: { $foo: 1 } }, 31325, /^Unknown expression \$foo$/],
    [{ a: { $add: [1], b: 1 } }, 16410, /may not start with '\$'/],
    [{ a: {} }, 51270, /^Invalid empty sub-projection: a$/],
    [{ 'a.$': 1, 'b.$': 1 }, 31276, /^Cannot specify more than one positional projection per query\.$/],
    [{ 'a.$': 1, b: { $elemMatch: { c: 1 } } }, 31255, /^Cannot specify positional operator and \$elemMatch\.$/],
    [{ b: { $elemMatch: { c: 1 } }, 'a.$': 1 }, 31256, /^Cannot specify positional operator and \$elemMatch\.$/],
    [{ 'a.$.b': 1 }, 31394, /^As of 4\.4, it's illegal/],
    [{ 'a.$': 0 }, 31395, /exclusion/],
    [{ 'a.$': 'x' }, 31308, /literal/],
    [{ 'a.$': { $add: [1] } }, 31271, /expression or sub object/],
    [{ 'a.b': { $elemMatch: { c: 1 } } }, 31275, /^Cannot use \$elemMatch projection on a nested field\.$/],
    [{ a: { b: { $elemMatch: { c: 1 } } } }, 31275, /^Cannot use \$elemMatch projection on a nested field\.$/],
    [{ a: { $elemMatch: 1 } }, 31274, /^elemMatch: Invalid argument, object required, but got int$/],
    [{ a: { $slice: 'x' } }, 28667, /^Invalid \$slice syntax\. The given syntax \{ \$slice: "x" \} did not match the find\(\) syntax because :: Location31273: /],
    [{ $a: 1 }, 16410, /^FieldPath field names may not start with '\$'/],
    [{ '': 1 }, 40352, /empty string/],
    [{ 'a.': 1 }, 40353, /must not end/],
    [{ 'a..b': 1 }, 15998, /empty strings/],
  ])('%o is refused', (specification, code, message) => {
    expect(() => project(specification, {})).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });

  it('refuses a positional projection whose filter met no array', () => {
    expect(() => project({ 'a.$': 1 }, { a: [1] })).toThrow(expect.objectContaining({ code: 51246 }));
  });

  it('tells what it reads', () => {
    const dependencies = (specification: object): readonly string[] | undefined => compileProjection(encodeDocument(specification), environmentOf()).dependencies;
    expect(dependencies({ a: 1, 'b.c': 1 })).toEqual(['a', 'b.c', '_id']);
    expect(dependencies({ _id: 0, x: { $add: ['$a', '$b'] } })).toEqual(['a', 'b']);
    expect(dependencies({ a: 0 })).toBeUndefined();
    expect(dependencies({ x: '$$ROOT' })).toBeUndefined();
  });
});

describe('the stage $project', () => {
  it.each<[specification: object, document: object, expected: object]>([
    [{ a: 1 }, { _id: 1, a: 2, b: 3 }, { _id: 1, a: 2 }],
    [{ a: { $slice: ['$a', 1] } }, { _id: 1, a: [2, 3] }, { _id: 1, a: [2] }],
    [{ _id: new Int32(0), b: '$a' }, { _id: 1, a: 2 }, { b: 2 }],
  ])('%o of %o', (specification, document, expected) => {
    expect(stage(specification, document)).toBe(JSON.stringify(expected));
  });

  it.each<[specification: object, code: number]>([
    [{ 'a.$': 1 }, 31324],
    [{ a: { $elemMatch: {} } }, 168],
    [{ a: { $foo: 1 } }, 31325],
  ])('%o is refused', (specification, code) => {
    expect(() => stage(specification, {})).toThrow(expect.objectContaining({ code }));
  });
});
