// Collections are plain or capped.
import { describeRefusals } from './refusals.fixture.js';

describeRefusals('a collection', [
  ['is no time series', { create: 'c', timeseries: { timeField: 't' } }, 72, /no time-series collections/u],
  ['is not clustered', { create: 'c', clusteredIndex: { key: { _id: 1 }, unique: true } }, 72, /no clustered collections/u],
  ['is not encrypted', { create: 'c', encryptedFields: { fields: [] } }, 72, /no encrypted collections/u],
]);
