// What `createIndexes` says of specifications that MongoDB refuses: its code, and its words.
import type { Db, Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineUnderTest, rejection, type EngineUnderTest } from '../running-engine.fixture.js';

let server: EngineUnderTest;
let database: Db;

beforeAll(async () => {
  server = await engineUnderTest({ authorization: false });
  database = (await server.client()).db('specifications');
  await database.collection('items').createIndexes([{ key: { a: 1 }, expireAfterSeconds: 60 }, { key: { b: 1 }, unique: true }]);
});

afterAll(() => server.close());

async function refusal(index: Document): Promise<readonly [unknown, string]> {
  const error = await rejection(database.command({ createIndexes: 'items', indexes: [index] }));
  return [error.code, error.message];
}

const about = (specification: string, reason: string): string => `Error in specification ${specification} :: caused by :: ${reason}`;

describe('a specification that is not well-formed is named before what is wrong with it', () => {
  it.each<[string, Document, number, string, string]>([
    ['an unknown option', { key: { c: 1 }, name: 'c', words: 1 }, 197, '{ key: { c: 1 }, name: "c", words: 1 }', "The field 'words' is not valid for an index specification. Specification: { key: { c: 1 }, name: \"c\", words: 1 }"],
    ['sparse: null, as of clients whose options are undefined', { key: { c: 1 }, name: 'c', sparse: null }, 14, '{ key: { c: 1 }, name: "c", sparse: null }', "The field 'sparse has value sparse: null, which is not convertible to bool"],
    ['unique: null', { key: { c: 1 }, name: 'c', unique: null }, 14, '{ key: { c: 1 }, name: "c", unique: null }', "The field 'unique has value unique: null, which is not convertible to bool"],
    ['background: null', { key: { c: 1 }, name: 'c', background: null }, 14, '{ key: { c: 1 }, name: "c", background: null }', "The field 'background has value background: null, which is not convertible to bool"],
    ['hidden that is a number', { key: { c: 1 }, name: 'c', hidden: 1 }, 14, '{ key: { c: 1 }, name: "c", hidden: 1 }', "The field 'name' must be a bool, but got int"],
    ['no key', { name: 'c' }, 9, '{ name: "c" }', "The 'key' field is a required property of an index specification"],
    ['no name', { key: { c: 1 } }, 9, '{ key: { c: 1 } }', "The 'name' field is a required property of an index specification"],
    ['a key that is empty', { key: {}, name: 'c' }, 67, '{ key: {}, name: "c" }', 'Index keys cannot be empty.'],
    ['a direction of zero', { key: { c: 0 }, name: 'c' }, 67, '{ key: { c: 0 }, name: "c" }', 'Values in the index key pattern cannot be 0.'],
    ['a direction of true', { key: { c: true }, name: 'c' }, 67, '{ key: { c: true }, name: "c" }', 'Values in v:2 index key pattern cannot be of type bool. Only numbers > 0, numbers < 0, and strings are allowed.'],
    ['an unknown kind', { key: { c: 'fast' }, name: 'c' }, 67, '{ key: { c: "fast" }, name: "c" }', "Unknown index plugin 'fast'"],
    ['a path that ends in a dot', { key: { 'c.': 1 }, name: 'c' }, 67, '{ key: { c.: 1 }, name: "c" }', 'Index keys cannot contain an empty field.'],
    ['a path of an operator', { key: { 'c.$d': 1 }, name: 'c' }, 67, '{ key: { c.$d: 1 }, name: "c" }', "Index key contains an illegal field name: field name starts with '$'."],
    ['a collation that is empty', { key: { c: 1 }, name: 'c', collation: {} }, 2, '{ key: { c: 1 }, name: "c", collation: {} }', "The field 'collation' cannot be an empty object."],
    ['a filter that is none', { key: { c: 1 }, name: 'c', partialFilterExpression: 1 }, 14, '{ key: { c: 1 }, name: "c", partialFilterExpression: 1 }', "The field 'partialFilterExpression' must be an object, but got int"],
    ['unique, and to be unique', { key: { c: 1 }, name: 'c', unique: true, prepareUnique: true }, 67, '{ key: { c: 1 }, name: "c", unique: true, prepareUnique: true }', "Invalid index specification { key: { c: 1 }, name: \"c\", unique: true, prepareUnique: true }; cannot create an index with the 'unique' option and the 'prepareUnique' option"],
  ])('%s', async (_what, index, code, specification, reason) => {
    expect(await refusal(index)).toEqual([code, about(specification, reason)]);
  });
});

describe('what is wrong with a well-formed specification', () => {
  it.each<[string, Document, number, RegExp]>([
    ['an _id index that is unique by name', { key: { _id: 1 }, name: '_id_', unique: true }, 197, /^The field 'unique' is not valid for an _id index specification\. Specification: \{/u],
    ['a descending _id index', { key: { _id: -1 }, name: 'id' }, 2, /^The field 'key' for an _id index must be \{_id: 1\}, but got \{ _id: -1 \}$/u],
    ['the name of the _id index', { key: { c: 1 }, name: '_id_' }, 2, /reserved for the _id index, which must have key pattern \{_id: 1\}, found \{ c: 1 \}$/u],
    ['the name for all indexes', { key: { c: 1 }, name: '*' }, 2, /^The index name '\*' is not valid\.$/u],
    ['an expiry of null', { key: { c: 1 }, name: 'c', expireAfterSeconds: null }, 67, /must be numeric, but received a type of 'null'$/u],
    ['an expiry before now', { key: { c: 1 }, name: 'c', expireAfterSeconds: -1 }, 67, /cannot be less than 0$/u],
    ['an expiry of several fields', { key: { c: 1, d: 1 }, name: 'c', expireAfterSeconds: 1 }, 67, /^TTL indexes are single-field indexes/u],
    ['a wildcard that is unique', { key: { '$**': 1 }, name: 'c', unique: true }, 67, /^Index type 'wildcard' does not support the 'unique' option$/u],
    ['a name that another index has', { key: { c: 1 }, name: 'a_1' }, 86, /^An existing index has the same name as the requested index/u],
    ['a name and key that are there, not unique', { key: { a: 1 }, name: 'a_1', unique: true }, 86, /^An existing index has the same name as the requested index/u],
    ['a key that is there, with another expiry', { key: { a: 1 }, name: 'a_1', expireAfterSeconds: 61 }, 85, /^An equivalent index already exists with the same name but different options/u],
    ['an index that is there by another name', { key: { b: 1 }, name: 'other', unique: true }, 85, /^Index already exists with a different name: b_1$/u],
    ['an index that is there by another name, with another expiry', { key: { a: 1 }, name: 'other' }, 85, /^An equivalent index already exists with a different name and options/u],
  ])('%s', async (_what, index, code, words) => {
    const [actual, message] = await refusal(index);
    expect({ code: actual, message }).toEqual({ code, message: expect.stringMatching(words) as string });
  });
});

it('what no version knows is let go of where the client says so', async () => {
  await database.command({ createIndexes: 'lenient', indexes: [{ key: { a: 1 }, name: 'a', words: 1 }], ignoreUnknownIndexOptions: true });
  expect(await database.collection('lenient').indexes()).toEqual([{ v: 2, key: { _id: 1 }, name: '_id_' }, { v: 2, key: { a: 1 }, name: 'a' }]);
});
