// Search and vector search are refused as MongoDB outside of Atlas refuses them.
import { aggregate, describeRefusals } from './refusals.fixture.js';

describeRefusals('search indexes', [
  ['$search is refused', aggregate({ $search: { text: { query: 'a', path: 'a' } } }), 31082, /only allowed on MongoDB Atlas/u],
  ['$searchMeta is refused', aggregate({ $searchMeta: {} }), 31082, /only allowed on MongoDB Atlas/u],
  ['$vectorSearch is refused', aggregate({ $vectorSearch: {} }), 31082, /only allowed on MongoDB Atlas/u],
  ['a search index is not made', { createSearchIndexes: 'items', indexes: [] }, 31082, /MongoDB Atlas only/u],
  ['search indexes are not listed', { listSearchIndexes: 'items' }, 31082, /MongoDB Atlas only/u],
]);
