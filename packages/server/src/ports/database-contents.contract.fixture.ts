// What every implementation of `DatabaseContents` does.
import { BSON, Binary, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ContentChange, ContentDescription, ContentTouches, DatabaseContents, DocumentBatch } from './database-contents.js';

export interface ContentsUnderTest {
  /** Of an empty database that is there for the test alone. */
  contents(): DatabaseContents;
  stop(): Promise<void>;
}

const never = new AbortController().signal;

/** Documents as bytes: of all kinds of ids, and with what a plain object would not keep. */
const oddIds: readonly unknown[] = [new MinKey(), null, new Int32(1), new Double(1.5), Long.fromNumber(2), Decimal128.fromString('3'), 'text', { nested: 1 }, new Binary(Buffer.from('x')), new ObjectId(), true, new Date(0), new MaxKey()];
const oddDocuments: readonly Uint8Array[] = oddIds.map((_id) => BSON.serialize(new Map<string, unknown>([['_id', _id], ['b', new Double(1)], ['10', 1], ['2', null]]) as never));

function numbered(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => BSON.serialize({ _id: index, text: 'x'.repeat(20) }));
}

function collection(name: string, fields: Partial<ContentDescription> = {}): ContentDescription {
  return { name, kind: 'collection', isCapped: false, options: {}, indexes: [], ...fields };
}

async function all(batches: AsyncIterable<DocumentBatch>): Promise<string[]> {
  const found: string[] = [];
  for await (const batch of batches) found.push(...batch.map((bytes) => Buffer.from(bytes).toString('hex')));
  return found;
}

const hex = (documents: readonly Uint8Array[]): string[] => documents.map((bytes) => Buffer.from(bytes).toString('hex'));

/** Declares the tests for one implementation. */
export function describeContentsContract(name: string, start: () => Promise<ContentsUnderTest>): void {
  describe(`${name}, as the contents of a database`, () => {
    let test: ContentsUnderTest;
    beforeAll(async () => {
      test = await start();
    });
    afterAll(() => test.stop());

    it('takes documents as their bytes, and gives them back in the order of their ids, from any of them on', async () => {
      const contents = test.contents();
      await contents.create(collection('odd'));
      expect(await contents.insert('odd', oddDocuments.toReversed())).toBe(oddDocuments.length);
      expect(await all(contents.read(collection('odd'), null, never))).toEqual(hex(oddDocuments));
      for (const [index, document] of oddDocuments.entries()) {
        expect(await all(contents.read(collection('odd'), contents.idOf(document), never))).toEqual(hex(oddDocuments.slice(index)));
      }
    });

    it('leaves documents that are there already as they are', async () => {
      const contents = test.contents();
      await contents.insert('things', [BSON.serialize({ _id: 1, as: 'it is' })]);
      expect(await contents.insert('things', [BSON.serialize({ _id: 1, as: 'it was' }), BSON.serialize({ _id: 2 })])).toBe(1);
      expect(await all(contents.read(collection('things'), null, never))).toEqual(hex([BSON.serialize({ _id: 1, as: 'it is' }), BSON.serialize({ _id: 2 })]));
      expect(await contents.insert('things', [])).toBe(0);
    });

    it('reads large collections in batches, and can be left in the middle', async () => {
      const contents = test.contents();
      const documents = numbered(2500);
      await contents.insert('large', documents);
      let batches = 0;
      for await (const batch of contents.read(collection('large'), null, never)) {
        expect(batch.length).toBeLessThanOrEqual(1000);
        batches += 1;
        if (batches === 2) break;
      }
      expect((await all(contents.read(collection('large'), null, never))).length).toBe(2500);
    });

    it('has the same fingerprint for the same documents, however they came there, and another for any other', async () => {
      const [a, b] = [test.contents(), test.contents()];
      await a.insert('things', oddDocuments);
      await b.insert('things', oddDocuments.toReversed());
      const [here, there] = [await a.fingerprint(collection('things'), never), await b.fingerprint(collection('things'), never)];
      expect(here).toEqual(there);
      expect(here).toMatchObject({ documents: oddDocuments.length, bytes: oddDocuments.reduce((sum, { length }) => sum + length, 0) });
      await b.apply([{ kind: 'replace', collection: 'things', id: b.idOf(oddDocuments[2]!), document: BSON.serialize({ _id: new Int32(1), b: new Int32(1), 10: 1, 2: null }) }]);
      expect((await b.fingerprint(collection('things'), never)).sha256).not.toBe(here.sha256);
      expect(await a.fingerprint(collection('absent'), never)).toMatchObject({ documents: 0, bytes: 0 });
    });

    it('makes changes of documents in their order, any number of times, and drops a unique index that is in their way', async () => {
      const contents = test.contents();
      const unique = collection('things', { indexes: [{ v: new Int32(2), key: { key: new Int32(1) }, name: 'key_1', unique: true }] });
      await contents.insert('things', [BSON.serialize({ _id: 1, key: 'a' })]);
      await contents.settle(unique);
      const replace = (_id: number, key: string): Extract<ContentChange, { kind: 'replace' }> => ({ kind: 'replace', collection: 'things', id: BSON.serialize({ _id }), document: BSON.serialize({ _id, key }) });
      const changes = [replace(2, 'b'), replace(3, 'a'), replace(1, 'c'), { kind: 'delete', collection: 'things', id: BSON.serialize({ _id: 2 }) }] as const;
      for (let twice = 0; twice < 2; twice += 1) await contents.apply(changes);
      expect(await all(contents.read(collection('things'), null, never))).toEqual(hex([BSON.serialize({ _id: 1, key: 'c' }), BSON.serialize({ _id: 3, key: 'a' })]));
      expect((await contents.list()).find(({ name: present }) => present === 'things')?.indexes).toEqual([]);
      await contents.settle(unique);
      expect((await contents.list()).find(({ name: present }) => present === 'things')?.indexes).toMatchObject([{ name: 'key_1', unique: true }]);
    });

    it('describes what is there so that the same can be made elsewhere', async () => {
      const [a, b] = [test.contents(), test.contents()];
      await a.create(collection('log', { isCapped: true, options: { capped: true, size: 4096 } }));
      await a.create(collection('people', { options: { validator: { age: { $gte: new Int32(0) } } } }));
      await a.settle(collection('people', { options: { validator: { age: { $gte: new Int32(0) } } }, indexes: [{ v: new Int32(2), key: { age: new Int32(-1) }, name: 'by_age', sparse: true }] }));
      await a.create(collection('view', { kind: 'view', options: { viewOn: 'people', pipeline: [] } }));
      const described = await a.list();
      expect(described.map(({ name: present, kind, isCapped }) => [present, kind, isCapped])).toEqual([['log', 'collection', true], ['people', 'collection', false], ['view', 'view', false]]);
      for (let twice = 0; twice < 2; twice += 1) for (const description of described) await b.settle(description);
      expect(await b.list()).toEqual(described);
      await b.rename('people', 'persons');
      await b.drop('log');
      await b.drop('log');
      expect((await b.list()).map(({ name: present }) => present)).toEqual(['persons', 'view']);
    });

    it('tells what has changed since a position, up to a fence', async () => {
      const contents = test.contents();
      await contents.insert('things', [BSON.serialize({ _id: 0 })]);
      const from = await contents.position();
      await contents.insert('things', oddDocuments);
      await contents.apply([{ kind: 'delete', collection: 'things', id: contents.idOf(oddDocuments[0]!) }]);
      await contents.rename('things', 'others');
      await contents.drop('others');
      await contents.fence('here');
      const found: ContentChange[] = [];
      let position = from;
      for await (const batch of contents.changes(from, never)) {
        found.push(...batch.changes);
        ({ position } = batch);
        if (found.some(({ kind }) => kind === 'fence')) break;
      }
      const kinds = found.map(({ kind }) => kind).filter((kind) => kind !== 'definition');
      expect(kinds.slice(-5)).toEqual(['replace', 'delete', 'rename', 'drop', 'fence']);
      expect(found.flatMap((change) => (change.kind === 'replace' ? hex([change.document]) : [])).slice(-oddDocuments.length)).toEqual(hex(oddDocuments));
      await contents.fence('there');
      for await (const { changes } of contents.changes(position, never)) {
        if (changes.length === 0) continue;
        expect(changes).toEqual([{ kind: 'fence', fence: 'there' }]);
        break;
      }
      await contents.dropMarks();
      expect(await contents.list()).toEqual([]);
    });

    it('tells which documents have changed since a position, without what is written about marks', async () => {
      const contents = test.contents();
      const from = await contents.position();
      await contents.insert('things', oddDocuments);
      await contents.mark([{ collection: 'things', id: contents.idOf(oddDocuments[0]!) }]);
      await contents.apply([{ kind: 'delete', collection: 'things', id: contents.idOf(oddDocuments[1]!) }]);
      await contents.rename('things', 'others');
      await contents.fence('here');
      const found: ContentTouches[] = [];
      for await (const touches of contents.touches(from, never)) {
        found.push(touches);
        if (touches.fences.includes('here')) break;
      }
      const documents = found.flatMap((touches) => touches.documents);
      expect(new Set(documents.map(({ collection: present }) => present))).toEqual(new Set(['things']));
      expect(hex(documents.map(({ id }) => id))).toEqual(hex([...oddDocuments, oddDocuments[1]!].map((document) => contents.idOf(document))));
      expect(found.flatMap((touches) => touches.collections).slice(-2)).toEqual(['things', 'others']);
    });

    it('keeps marks until they are taken away, and a later one of the same document', async () => {
      const contents = test.contents();
      const names = oddDocuments.map((document) => ({ collection: 'things', id: contents.idOf(document) }));
      await contents.mark(names);
      const first = await contents.marks(null, 5);
      const rest = await contents.marks(first.at(-1)!.key, 1000);
      expect([first.length, first.length + rest.length]).toEqual([5, names.length]);
      expect(hex([...first, ...rest].map(({ id }) => id)).sort()).toEqual(hex(names.map(({ id }) => id)).sort());
      await contents.mark([first[0]!]);
      await contents.unmark([...first, ...rest]);
      expect(await contents.marks(null, 1000)).toEqual([{ ...first[0]!, times: 2 }]);
      expect(await contents.list()).toEqual([]);
      await contents.dropMarks();
      expect(await contents.marks(null, 1000)).toEqual([]);
    });

    it('has the same digest for the same document, by its id, and none for one that is not there', async () => {
      const [a, b] = [test.contents(), test.contents()];
      await Promise.all([a.insert('things', oddDocuments), b.insert('things', oddDocuments.slice(1).toReversed())]);
      const ids = oddDocuments.map((document) => a.idOf(document));
      const [here, there] = [await a.digests('things', ids), await b.digests('things', ids)];
      expect([here.size, there.size]).toEqual([oddDocuments.length, oddDocuments.length - 1]);
      for (const [key, digest] of there) expect(here.get(key)).toBe(digest);
      expect((await a.digests('absent', ids)).size).toBe(0);
      expect(await a.measure('things')).toEqual({ documents: oddDocuments.length, bytes: oddDocuments.reduce((sum, { length }) => sum + length, 0) });
      expect(await a.measure('absent')).toEqual({ documents: 0, bytes: 0 });
    });

    it('has the same fingerprint for the same measurements in any order', async () => {
      const [a, b] = [test.contents(), test.contents()];
      const series = { ...collection('series'), kind: 'time_series', options: { timeseries: { timeField: 'at', metaField: 'of', granularity: 'minutes' } } } as const;
      const measurements = Array.from({ length: 100 }, (_, index) => BSON.serialize({ at: new Date(index * 1000), of: index % 3, _id: index % 10, value: index / 2 }));
      for (const [contents, documents] of [[a, measurements], [b, measurements.toReversed()]] as const) {
        await contents.create(series);
        await contents.insert('series', documents);
      }
      const [described] = await a.list();
      expect(described).toMatchObject({ name: 'series', kind: 'time_series' });
      const [here, there] = [await a.fingerprint(described!, never), await b.fingerprint(described!, never)];
      expect(here).toMatchObject({ documents: 100 });
      expect(there.sha256).toBe(here.sha256);
      await b.insert('series', measurements.slice(0, 1));
      expect((await b.fingerprint(described!, never)).sha256).not.toBe(here.sha256);
    });
  });
}
