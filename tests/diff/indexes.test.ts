// Indexes are ordered ones: hashed and wildcard indexes are refused rather than made and not used.
import { createIndex, describeRefusals } from './refusals.fixture.js';

describeRefusals('other kinds of index', [
  { wish: 'a hashed index', command: createIndex({ a: 'hashed' }), code: 67, says: /'hashed' are not supported/ },
  { wish: 'a wildcard index', command: createIndex({ '$**': 1 }), code: 67, says: /[Ww]ildcard indexes are not supported/ },
  { wish: 'a wildcard index on a path', command: createIndex({ 'a.$**': 1 }), code: 67, says: /[Ww]ildcard indexes are not supported/ },
]);
