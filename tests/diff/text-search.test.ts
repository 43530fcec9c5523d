// Text search is refused, in queries, indexes and scores.
import { aggregate, createIndex, describeRefusals, find } from './refusals.fixture.js';

describeRefusals('text search', [
  ['a $text query is refused and told of $regex', find({ $text: { $search: 'a' } }), 238, /^\$text is not supported: .*\$regex/u],
  ['a text index is refused', createIndex({ a: 'text' }), 67, /Indexes of type 'text' are not supported/u],
  ['a text score is refused in an expression', aggregate({ $project: { score: { $meta: 'textScore' } } }), 115, /\$meta is not supported/u],
  ['a text score is refused in a projection', find({}, { projection: { score: { $meta: 'textScore' } } }), 115, /\$meta is not supported/u],
  ['a text score is refused in a sort', find({}, { sort: { score: { $meta: 'textScore' } } }), 238, /\$meta: "textScore" is not supported/u],
]);
