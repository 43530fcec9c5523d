// Kinds of collections that the engine does not have.
import { describeRefusals } from './refusals.fixture.js';

describeRefusals('special collections', [
  { wish: 'a time-series collection', command: { create: 'series', timeseries: { timeField: 't' } }, code: 72, says: /time-series|timeseries/ },
  { wish: 'encrypted fields', command: { create: 'secret', encryptedFields: { fields: [] } }, code: 72, says: /encryptedFields/ },
]);
