// Indexes are ascending or descending; other kinds are refused rather than made into those.
import { aggregate, createIndex, describeRefusals } from './refusals.fixture.js';

describeRefusals('an index', [
  ['is not hashed', createIndex({ a: 'hashed' }), 67, /Indexes of type 'hashed' are not supported/u],
  ['does not cover every field', createIndex({ '$**': 1 }), 67, /Wildcard indexes are not supported/u],
  ['does not cover every field below a path', createIndex({ 'a.$**': 1 }), 67, /Wildcard indexes are not supported/u],
  ['is not made unique in two steps', createIndex({ a: 1 }, { prepareUnique: true }), 67, /'prepareUnique' is not supported/u],
  ['has no hashes to show', aggregate({ $project: { hash: { $toHashedIndexKey: '$a' } } }), 115, /no hashed indexes/u],
]);
