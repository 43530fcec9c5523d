import { describe, expect, it } from 'vitest';
import { documentValue } from '../../bson/raw-value.js';
import { encodeDocument, int32Value } from '../../bson/values.js';
import { getDocumentField } from '../../bson/reader.js';
import { environmentOf } from '../../query/query-environment.fixture.js';
import { documentScope } from './compile-context.js';
import { compileExpression } from './compile-expression.js';
import { evaluate, evaluateTyped, failure, missing } from './evaluate.fixture.js';
import { missingVariable } from './field-path.js';

const compiled = (expression: unknown) => compileExpression(getDocumentField(encodeDocument({ v: expression }), 'v')!, environmentOf());

describe('paths and variables', () => {
  it.each([
    ['a field', '$a', { a: 1 }, 1],
    ['a field that is not there', '$b', { a: 1 }, missing],
    ['a nested field', '$a.b', { a: { b: 2 } }, 2],
    ['a path through a scalar', '$a.b', { a: 5 }, missing],
    ['a path through an array of documents', '$a.b', { a: [{ b: 1 }, { c: 2 }, { b: 3 }] }, [1, 3]],
    ['a path through an array of scalars', '$a.b', { a: [1, 2] }, []],
    ['a path through nested arrays, which are passed over', '$a.b', { a: [[{ b: 1 }], { b: 2 }] }, [2]],
    ['a number in a path, which is a name', '$a.0', { a: ['x'] }, []],
    ['a number as the name of a field', '$a.0', { a: { 0: 'x' } }, 'x'],
    ['the root', '$$ROOT', { a: 1 }, { a: 1 }],
    ['a field of the root', '$$ROOT.a', { a: 1 }, 1],
    ['the current document', '$$CURRENT.a', { a: 1 }, 1],
    ['$$REMOVE', '$$REMOVE', {}, missing],
    ['$$NOW', { $year: '$$NOW' }, {}, 2024],
    ['a literal that looks like a path', { $literal: '$a' }, { a: 1 }, '$a'],
  ])('evaluates %s', (_, expression, document, expected) => {
    expect(evaluate(expression, document)).toEqual(expected);
  });

  it('evaluates CURRENT as what $let binds it to', () => {
    expect(evaluate({ $let: { vars: { CURRENT: '$$ROOT.a' }, in: '$b' } }, { a: { b: 3 }, b: 1 })).toBe(3);
  });

  it('takes the variables of the command, and missing ones as missing', () => {
    const environment = environmentOf(undefined, new Map([['x', int32Value(7)], ['gone', missingVariable]]));
    expect(evaluate({ $add: ['$$x', 1] }, {}, environment)).toBe(8);
    expect(evaluate({ $type: '$$gone' }, {}, environment)).toBe('missing');
  });

  it.each([
    ['$', "16872 '$' by itself is not a valid FieldPath"],
    ['$a.', "40353 FieldPath must not end with a '.'."],
    ['$a..b', '15998 FieldPath field names may not be empty strings.'],
    ['$a.$b', "16410 FieldPath field names may not start with '$'. Consider using $getField or $setField."],
    ['$$unknown', '17276 Use of undefined variable: unknown'],
    ['$$', '9 empty variable names are not allowed'],
    [{ $let: { vars: { Upper: 1 }, in: 1 } }, "9 'Upper' starts with an invalid character for a user variable name"],
  ])('refuses %j', (expression, expected) => {
    expect(failure(expression)).toBe(expected);
  });
});

describe('objects, arrays and operators', () => {
  it.each([
    ['leaves missing fields out of objects', { a: 1, b: '$none' }, { a: 1 }],
    ['puts null for missing elements of arrays', [1, '$none'], [1, null]],
    ['keeps nested objects', { a: { b: { $add: [1, 2] } } }, { a: { b: 3 } }],
    ['keeps the empty object', {}, {}],
  ])('%s', (_, expression, expected) => {
    expect(evaluate(expression)).toEqual(expected);
  });

  it.each([
    [{ $foo: 1 }, "168 Unrecognized expression '$foo'"],
    [{ $add: 1, $subtract: 2 }, '15983 An object representing an expression must have exactly one field: { $add: 1, $subtract: 2 }'],
    [{ a: 1, $add: 2 }, "16410 FieldPath field names may not start with '$'. Consider using $getField or $setField."],
    [{ 'a.b': 1 }, "16412 FieldPath field names may not contain '.'. Consider using $getField or $setField."],
    [{ $abs: [1, 2] }, '16020 Expression $abs takes exactly 1 arguments. 2 were passed in.'],
    [{ $eq: [1] }, '16020 Expression $eq takes exactly 2 arguments. 1 were passed in.'],
    [{ $slice: [[1]] }, '28667 Expression $slice takes at least 2 arguments, and at most 3, but 1 were passed in.'],
    [{ $meta: 'textScore' }, '115 $meta is not supported by this server: no text score, search score or other query metadata is kept'],
    [{ $function: {} }, '115 $function is not supported by this server: server-side JavaScript is switched off'],
  ])('refuses %j', (expression, expected) => {
    expect(failure(expression)).toBe(expected);
  });
});

describe('what is known before a document is seen', () => {
  it('folds constants', () => {
    expect(compiled({ $add: [1, { $multiply: [2, 3] }] }).constant?.int32()).toBe(7);
    expect(compiled({ $and: ['$a', false] }).constant?.boolean()).toBe(false);
    expect(compiled({ $add: [1, '$a'] }).constant).toBeUndefined();
    expect(compiled({ $rand: {} }).constant).toBeUndefined();
  });

  it('does not fail for a constant in a branch that is never taken', () => {
    expect(evaluate({ $cond: ['$a', { $divide: [1, 0] }, 'fine'] })).toBe('fine');
  });

  it('names the paths that are read', () => {
    expect(compiled({ $add: ['$a.b', '$c', '$$ROOT.d'] }).dependencies).toEqual(['a.b', 'c', 'd']);
    expect(compiled('$$ROOT').dependencies).toBeUndefined();
    expect(compiled({ $map: { input: '$xs', in: '$$this.y' } }).dependencies).toEqual(['xs']);
    expect(compiled({ $let: { vars: { CURRENT: '$a' }, in: '$b' } }).dependencies).toBeUndefined();
  });

  it('keeps the type of every value that it passes on', () => {
    const scope = documentScope(documentValue(encodeDocument({ a: 1 })));
    expect(compiled({ $ifNull: [null, '$a'] }).evaluate(scope)?.int32()).toBe(1);
    expect(evaluateTyped({ $ifNull: [null, 1.5] })).toEqual({ $numberDouble: '1.5' });
  });
});
