// A collection is capped from the beginning or never.
import { describeRefusals } from './refusals.fixture.js';

describeRefusals('a collection that is not capped', [
  ['does not become capped', { convertToCapped: 'items', size: 4096 }, 115, /create a capped collection and copy with \$out or \$merge/u],
  ['is not cloned into a capped one', { cloneCollectionAsCapped: 'items', toCollection: 'c', size: 4096 }, 115, /create a capped collection/u],
]);
