// Collections are plain, capped or clustered.
import { describeRefusals } from './refusals.fixture.js';

describeRefusals('a collection', [
  ['is no time series', { create: 'c', timeseries: { timeField: 't' } }, 72, /no time-series collections/u],
  ['does not expire as a whole', { create: 'c', clusteredIndex: { key: { _id: 1 }, unique: true }, expireAfterSeconds: 5 }, 72, /collections that expire/u],
  ['is not encrypted', { create: 'c', encryptedFields: { fields: [] } }, 72, /no encrypted collections/u],
]);
