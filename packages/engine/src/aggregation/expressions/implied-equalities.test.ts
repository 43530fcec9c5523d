import { describe, expect, it } from 'vitest';
import { encodeDocument, int32Value } from '../../bson/values.js';
import { getDocumentField } from '../../bson/reader.js';
import { environmentOf } from '../../query/query-environment.fixture.js';
import { describeValue } from '../describe-value.js';
import { impliedEqualities } from './implied-equalities.js';

const environment = environmentOf(undefined, new Map([['x', int32Value(7)]]));
const implied = (expression: unknown): string[] =>
  impliedEqualities(getDocumentField(encodeDocument({ v: expression }), 'v')!, environment).map(({ path, value }) => `${path} = ${describeValue(value)}`);

describe('an expression implies equalities', () => {
  it.each<[unknown, string[]]>([
    [{ $eq: ['$a', 1] }, ['a = 1']],
    [{ $eq: ['$$x', '$a.b'] }, ['a.b = 7']],
    [{ $eq: ['$a', null] }, ['a = null']],
    [{ $and: [{ $eq: ['$a', { $add: [1, 1] }] }, { $gt: ['$b', 1] }, { $and: [{ $eq: ['$c', 'x'] }] }] }, ['a = 2', 'c = "x"']],
    [{ $eq: ['$a', [1]] }, []],
    [{ $eq: ['$a', '$b'] }, []],
    [{ $eq: ['$a', '$none'] }, []],
    [{ $eq: ['$a.0', 1] }, []],
    [{ $gt: ['$a', 1] }, []],
    [{ $or: [{ $eq: ['$a', 1] }] }, []],
    ['$a', []],
    [{}, []],
  ])('%j: %j', (expression, expected) => {
    expect(implied(expression)).toEqual(expected);
  });
});
