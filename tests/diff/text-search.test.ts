// Text indexes, `$text` and the search stages of Atlas are not there; `$regex` is.
import { aggregate, createIndex, describeRefusals, find } from './refusals.fixture.js';

describeRefusals('text search', [
  { wish: 'a text index', command: createIndex({ text: 'text' }), code: 67, says: /'text' are not supported/ },
  { wish: '$text', command: find({ $text: { $search: 'one' } }), code: 238, says: /\$text is not supported/ },
  { wish: 'the score of a text search', command: find({}, { projection: { score: { $meta: 'textScore' } } }), code: 115, says: /textScore|\$meta/ },
  { wish: '$search', command: aggregate({ $search: { text: { query: 'one', path: 'text' } } }), code: 31082, says: /\$search/ },
  { wish: '$searchMeta', command: aggregate({ $searchMeta: {} }), code: 31082, says: /\$searchMeta/ },
  { wish: '$vectorSearch', command: aggregate({ $vectorSearch: {} }), code: 31082, says: /\$vectorSearch/ },
]);
