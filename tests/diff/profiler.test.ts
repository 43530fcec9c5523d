// The profiler says which operation took how long, and no more than that.
import { expect, it } from 'vitest';
import { aggregate, describeRefusals, startedEngine } from './refusals.fixture.js';

describeRefusals('of queries', [['no statistics are kept', { ...aggregate({ $queryStats: {} }), aggregate: 1 }, 115, /\$queryStats is not supported/u, 'admin']]);

const engine = startedEngine();

it('what is profiled has its duration and plan, and no counts', async () => {
  const database = engine().client.db('differences');
  await database.command({ profile: 2 });
  await database.collection('items').find({ a: 1 }).toArray();
  await database.command({ profile: 0 });
  const profiled = database.collection('system.profile');
  await expect.poll(() => profiled.countDocuments({ 'command.find': 'items' })).toBe(1);
  const found = await profiled.findOne({ 'command.find': 'items' });
  expect(found).toMatchObject({ op: 'query', ns: 'differences.items', millis: expect.any(Number) as unknown });
  for (const name of ['keysExamined', 'docsExamined', 'nreturned', 'responseLength']) expect(found).not.toHaveProperty(name);
});
