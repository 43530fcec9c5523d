import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeDocument, int32Value } from '../bson/values.js';
import { emptyDocument } from '../bson/writer.js';
import { systemClock } from '../dispatch/clock.js';
import { TransactionCoordinator } from '../transactions/coordinator.js';
import { inconsistencies } from './consistency.fixture.js';
import type { LmdbStorage } from './lmdb-storage.js';
import { openStorage } from './open-storage.js';
import type { CollectionEntry, IndexesInBuild, ReadUnit, WriteUnit } from './units.js';

let folder: string;
let storage: LmdbStorage;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'freehold-build-'));
  storage = await openStorage({ dataDirectory: join(folder, 'data') });
  await storage.write((unit) => unit.createCollection('db', 'c', emptyDocument));
});

afterEach(async () => {
  await storage.close();
  rmSync(folder, { recursive: true });
});

const collectionOf = (unit: ReadUnit): CollectionEntry => unit.collection('db', 'c')!;
const byTags = { name: 'tags', key: encodeDocument({ tags: 1 }), unique: false, sparse: false, hidden: false, options: emptyDocument };
const byCode = { name: 'code', key: encodeDocument({ code: 1 }), unique: true, sparse: true, hidden: false, options: emptyDocument };

function put(unit: WriteUnit, _id: number, fields: object): void {
  const collection = collectionOf(unit);
  const document = encodeDocument({ _id, ...fields });
  const recordId = unit.recordIdOf(collection, int32Value(_id));
  if (recordId === undefined) unit.insert(collection, document);
  else unit.replace(collection, recordId, unit.record(collection, recordId)!, document);
}

function remove(unit: WriteUnit, _id: number): void {
  const collection = collectionOf(unit);
  const recordId = unit.recordIdOf(collection, int32Value(_id));
  if (recordId !== undefined) unit.remove(collection, recordId, unit.record(collection, recordId)!);
}

const begin = (): Promise<IndexesInBuild> => storage.write((unit) => unit.beginIndexBuild(collectionOf(unit), [byTags, byCode]));
/** No time at all: one record a piece. */
const piece = (build: IndexesInBuild): Promise<boolean> => storage.write((unit) => unit.continueIndexBuild(build, 0).isDone);

async function finish(build: IndexesInBuild): Promise<void> {
  for (;;) if (await piece(build)) return;
}

function check(of = storage): readonly string[] {
  const unit = of.openSnapshot();
  const collection = collectionOf(unit);
  expect(inconsistencies(unit, collection)).toEqual([]);
  unit.close();
  return collection.indexes.map(({ name }) => name);
}

describe('an index that is built piece by piece', () => {
  it('fits its collection, whatever is written between the pieces', async () => {
    const change = fc.record({ kind: fc.constantFrom('put', 'put', 'remove', 'piece', 'piece'), id: fc.nat(12), tags: fc.array(fc.nat(3), { maxLength: 3 }) });
    await fc.assert(fc.asyncProperty(fc.array(change, { maxLength: 40 }), async (changes) => {
      await storage.write((unit) => {
        if (unit.collection('db', 'c') !== undefined) unit.dropCollection(collectionOf(unit));
        unit.createCollection('db', 'c', emptyDocument);
        for (let id = 0; id < 8; id += 1) put(unit, id, { tags: [id % 3, 'x'], code: `code ${id}` });
      });
      const build = await begin();
      let isDone = false;
      for (const { kind, id, tags } of changes) {
        if (kind === 'put') await storage.write((unit) => put(unit, id, { tags, code: `code ${id}` }));
        else if (kind === 'remove') await storage.write((unit) => remove(unit, id));
        else if (!isDone) isDone = await piece(build);
      }
      if (!isDone) await finish(build);
      expect(check()).toEqual(['_id_', 'tags', 'code']);
    }), { numRuns: 40 });
  });

  it('is not read, named or enforced before it is whole', async () => {
    await storage.write((unit) => {
      for (let id = 0; id < 5; id += 1) put(unit, id, { code: id });
    });
    const build = await begin();
    await piece(build);
    expect(check()).toEqual(['_id_']);
    // It makes the index impossible, not the write.
    await storage.write((unit) => put(unit, 0, { code: 4 }));
    await storage.write((unit) => put(unit, 9, { code: 4 }));
    await expect(finish(build)).rejects.toMatchObject({ code: 11_000 });
    await storage.write((unit) => unit.abandonIndexBuild(build));
    expect(check()).toEqual(['_id_']);
  });

  it('is nothing to a transaction that wrote before a piece, for which the piece waits', async () => {
    const coordinator = new TransactionCoordinator({ storage, clock: systemClock });
    await storage.write((unit) => {
      for (let id = 0; id < 5; id += 1) put(unit, id, { code: id, tags: [id] });
    });
    const build = await begin();
    await piece(build);
    const sessionKey = 'a'.repeat(96);
    const transaction = coordinator.start(sessionKey, 1n);
    await transaction.write((unit) => put(unit, 0, { code: 'other', tags: ['new'] }));
    await transaction.write((unit) => put(unit, 7, { code: 7, tags: ['seven'] }));
    let isDone = false;
    const finishing = finish(build).then(() => (isDone = true));
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
    expect(isDone).toBe(false);
    await coordinator.commit(sessionKey, 1n);
    await finishing;
    expect(check()).toEqual(['_id_', 'tags', 'code']);
  });

  it('ends where the collection is dropped or renamed, and leaves nothing', async () => {
    await storage.write((unit) => {
      for (let id = 0; id < 5; id += 1) put(unit, id, { code: id });
    });
    const build = await begin();
    await piece(build);
    await storage.write((unit) => unit.renameCollection(collectionOf(unit), 'db', 'renamed'));
    await expect(piece(build)).rejects.toMatchObject({ code: 26 });
    await storage.write((unit) => unit.abandonIndexBuild(build));
    const unit = storage.openSnapshot();
    expect(unit.collection('db', 'renamed')!.indexes).toHaveLength(1);
    expect(unit.collection('db', 'renamed')!.building ?? []).toHaveLength(0);
    unit.close();
  });

  it('is gone after a crash, and can be built anew', async () => {
    await storage.write((unit) => {
      for (let id = 0; id < 5; id += 1) put(unit, id, { code: id });
    });
    await piece(await begin());
    const copy = join(folder, 'copy');
    cpSync(join(folder, 'data'), copy, { recursive: true, filter: (path) => !path.endsWith('.lock') });
    const opened = await openStorage({ dataDirectory: copy });
    expect(check(opened)).toEqual(['_id_']);
    const unit = opened.openSnapshot();
    expect(collectionOf(unit).building ?? []).toEqual([]);
    unit.close();
    await opened.write((writer) => writer.createIndex(collectionOf(writer), byCode));
    expect(check(opened)).toEqual(['_id_', 'code']);
    await opened.close();
  });
});
