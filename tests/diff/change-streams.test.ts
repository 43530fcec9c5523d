// Change streams are not there: an application that watches is told so at once rather than waiting for ever.
import { aggregate, describeRefusals } from './refusals.fixture.js';

describeRefusals('change streams', [
  { wish: 'to watch a collection', command: aggregate({ $changeStream: {} }), code: 115, says: /change streams/i },
  { wish: 'to watch a database', command: { aggregate: 1, pipeline: [{ $changeStream: {} }], cursor: {} }, code: 115, says: /change streams/i },
]);
