// Indexes are ascending, descending or hashed; other kinds are refused rather than made into those. A hashed index keeps values.
import { aggregate, createIndex, describeRefusals } from './refusals.fixture.js';

describeRefusals('an index', [
  ['does not cover every field', createIndex({ '$**': 1 }), 67, /Wildcard indexes are not supported/u],
  ['does not cover every field below a path', createIndex({ 'a.$**': 1 }), 67, /Wildcard indexes are not supported/u],
  ['is not made unique in two steps', createIndex({ a: 1 }, { prepareUnique: true }), 67, /'prepareUnique' is not supported/u],
  ['has no hashes to show', aggregate({ $project: { hash: { $toHashedIndexKey: '$a' } } }), 115, /no hashed indexes/u],
]);
