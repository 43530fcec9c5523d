import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeOf, engineUnderTest, type EngineUnderTest } from '../running-engine.fixture.js';

let dataDirectory: string;
let engine: EngineUnderTest;

beforeAll(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'freehold-concerns-'));
  engine = await engineUnderTest({ authorization: false, dataDirectory });
});

afterAll(async () => {
  await engine.close();
  await rm(dataDirectory, { recursive: true, force: true });
});

async function admin(command: Document): Promise<Document> {
  return (await engine.client()).db('admin').command(command);
}

describe('default read and write concerns', () => {
  it('are implicit at first', async () => {
    expect(await admin({ getDefaultRWConcern: 1 })).toMatchObject({
      defaultReadConcern: { level: 'local' }, defaultWriteConcern: { w: 'majority', wtimeout: 0 }, defaultReadConcernSource: 'implicit', defaultWriteConcernSource: 'implicit',
    });
  });

  it('are set, in force, and kept over restarts', async () => {
    await admin({ setDefaultRWConcern: 1, defaultWriteConcern: { w: 1, wtimeout: 5 } });
    const set = { defaultReadConcern: { level: 'majority' }, defaultWriteConcern: { w: 1, wtimeout: 5 }, defaultReadConcernSource: 'global', defaultWriteConcernSource: 'global' };
    expect(await admin({ setDefaultRWConcern: 1, defaultReadConcern: { level: 'majority' } })).toMatchObject(set);
    await engine.close();
    engine = await engineUnderTest({ authorization: false, dataDirectory });
    expect(await admin({ getDefaultRWConcern: 1, inMemory: true })).toMatchObject({ ...set, inMemory: true });
    const items = (await engine.client()).db('shop').collection('items');
    await items.insertMany([{ a: 1 }, { a: 2 }]);
    expect([await items.countDocuments(), await items.distinct('a'), (await items.find({}, { batchSize: 1 }).toArray()).length]).toEqual([2, [1, 2], 2]);
    await admin({ setDefaultRWConcern: 1, defaultReadConcern: {} });
    expect(await admin({ getDefaultRWConcern: 1 })).toMatchObject({ defaultReadConcern: { level: 'local' }, defaultReadConcernSource: 'implicit', defaultWriteConcernSource: 'global' });
  });

  it.each<[string, Document, number]>([
    ['nothing', {}, 2],
    ['snapshots', { defaultReadConcern: { level: 'snapshot' } }, 2],
    ['a point in time', { defaultReadConcern: { level: 'majority', afterClusterTime: 1 } }, 2],
    ['silence', { defaultWriteConcern: { w: 0 } }, 2],
    ['members that there are none of', { defaultWriteConcern: { w: 2 } }, 100],
    ['none once there is one', { defaultWriteConcern: {} }, 20],
  ])('are not %s', async (_what, concerns, code) => {
    expect(await codeOf(admin({ setDefaultRWConcern: 1, ...concerns }))).toBe(code);
  });
});
