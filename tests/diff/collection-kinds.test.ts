// Collections are plain, capped, clustered or time series. A measurement is a document of its own, which is not updated.
import { expect, it } from 'vitest';
import { serverError } from '../compat/engine.fixture.js';
import { describeRefusals, startedEngine } from './refusals.fixture.js';

describeRefusals('a collection', [
  ['does not expire as a whole', { create: 'c', clusteredIndex: { key: { _id: 1 }, unique: true }, expireAfterSeconds: 5 }, 72, /clustered collections that expire/u],
  ['is not encrypted', { create: 'c', encryptedFields: { fields: [] } }, 72, /no encrypted collections/u],
]);

const engine = startedEngine();

it('measurements of a time series are not updated, whatever the update touches', async () => {
  const series = await engine().client.db('differences').createCollection('series', { timeseries: { timeField: 'time', metaField: 'sensor' } });
  await series.insertOne({ time: new Date(0), sensor: 1 });
  expect((await serverError(series.updateMany({ sensor: 1 }, { $set: { sensor: 2 } }))).code).toBe(72);
  expect(await serverError(engine().client.db('differences').collection('system.buckets.series').find().toArray())).toMatchObject({ code: 115, message: expect.stringMatching(/no buckets/u) as string });
});
