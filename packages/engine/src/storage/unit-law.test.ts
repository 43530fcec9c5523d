// Random batches of units, some of which throw, held against plain maps: what a unit did is there as a whole or not at all,
// whatever else was in its batch, and indexes and counters agree with the records.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodePlain, encodeDocument, int32Value } from '../bson/values.js';
import { emptyDocument } from '../bson/writer.js';
import { CommandError } from '../errors.js';
import { inconsistencies } from './consistency.fixture.js';
import type { LmdbStorage } from './lmdb-storage.js';
import { openStorage } from './open-storage.js';
import type { CollectionEntry, ReadUnit, WriteUnit } from './units.js';

interface Operation {
  readonly kind: 'insert' | 'replace' | 'remove' | 'clear' | 'index';
  readonly id: number;
  readonly u: number;
  readonly tags: readonly number[];
}
interface UnitPlan {
  readonly operations: readonly Operation[];
  readonly throws: boolean;
}
type Fields = Omit<Operation, 'kind' | 'id'>;
type State = Map<number, Fields>;

const operation: fc.Arbitrary<Operation> = fc.record({
  kind: fc.constantFrom('insert', 'insert', 'insert', 'replace', 'replace', 'remove', 'clear', 'index'),
  id: fc.nat(5), u: fc.nat(7), tags: fc.array(fc.nat(3), { maxLength: 3 }),
});
const unitPlan: fc.Arbitrary<UnitPlan> = fc.record({ operations: fc.array(operation, { maxLength: 5 }), throws: fc.boolean() });

const collectionOf = (unit: ReadUnit): CollectionEntry => unit.collection('db', 'c')!;
const tagsIndex = { name: 'tags', key: encodeDocument({ tags: 1 }), unique: false, sparse: true, hidden: false, options: emptyDocument };
const uniqueIndex = { name: 'u', key: encodeDocument({ u: -1 }), unique: true, sparse: false, hidden: false, options: emptyDocument };

function makeCollection(unit: WriteUnit): void {
  unit.createIndex(unit.createCollection('db', 'c', emptyDocument), uniqueIndex);
}

/** Does the operation; false where a unique index refused it, after which the unit goes on. */
function run(unit: WriteUnit, { kind, id, u, tags }: Operation): boolean {
  const collection = collectionOf(unit);
  const document = encodeDocument({ _id: id, u, tags });
  const recordId = unit.recordIdOf(collection, int32Value(id));
  try {
    if (kind === 'insert') unit.insert(collection, document);
    else if (kind === 'replace' && recordId !== undefined) unit.replace(collection, recordId, unit.record(collection, recordId)!, document);
    else if (kind === 'remove' && recordId !== undefined) unit.remove(collection, recordId, unit.record(collection, recordId)!);
    else if (kind === 'clear') {
      unit.dropCollection(collection);
      makeCollection(unit);
    } else if (kind === 'index') {
      if (collection.indexes.some(({ name }) => name === 'tags')) unit.dropIndex(collection, 'tags');
      else unit.createIndex(collection, tagsIndex);
    }
    return true;
  } catch (error) {
    if (error instanceof CommandError && error.code === 11_000) return false;
    throw error;
  }
}

function runInModel(state: State, { kind, id, u, tags }: Operation): boolean {
  const isTaken = [...state].some(([other, fields]) => other !== id && fields.u === u);
  if (kind === 'clear') state.clear();
  if (kind === 'insert' && (state.has(id) || isTaken)) return false;
  if (kind === 'replace' && state.has(id) && isTaken) return false;
  if (kind === 'insert' || (kind === 'replace' && state.has(id))) state.set(id, { u, tags });
  if (kind === 'remove') state.delete(id);
  return true;
}

class Planned extends Error {}

async function runBatch(storage: LmdbStorage, state: State, batch: readonly UnitPlan[]): Promise<State> {
  const outcomes = await Promise.all(batch.map(({ operations, throws }) => storage.write((unit) => {
    const results = operations.map((one) => run(unit, one));
    if (throws) throw new Planned();
    return results;
  }).catch((error: unknown) => {
    if (!(error instanceof Planned)) throw error;
    return undefined;
  })));
  let current = state;
  batch.forEach(({ operations, throws }, at) => {
    const next = new Map(current);
    const results = operations.map((one) => runInModel(next, one));
    expect(outcomes[at]).toEqual(throws ? undefined : results);
    if (!throws) current = next;
  });
  return current;
}

function compare(storage: LmdbStorage, state: State): void {
  const unit = storage.openSnapshot();
  try {
    const found = [...unit.scanRecords(collectionOf(unit))].map(({ document }) => decodePlain(document)).sort((a, b) => a['_id'] - b['_id']);
    expect(found).toEqual([...state].sort(([a], [b]) => a - b).map(([_id, fields]) => ({ _id, ...fields })));
    expect(inconsistencies(unit, collectionOf(unit))).toEqual([]);
  } finally {
    unit.close();
  }
}

it('a unit is kept as a whole or not at all, after opening anew too', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(unitPlan, { minLength: 1, maxLength: 4 }), { maxLength: 6 }), async (batches) => {
      const folder = mkdtempSync(join(tmpdir(), 'freehold-unit-law-'));
      let storage = await openStorage({ dataDirectory: folder });
      try {
        await storage.write(makeCollection);
        let state: State = new Map();
        for (const batch of batches) {
          // A batch is one commit; the next begins after it.
          state = await runBatch(storage, state, batch);
          compare(storage, state);
        }
        await storage.close();
        storage = await openStorage({ dataDirectory: folder });
        compare(storage, state);
      } finally {
        await storage.close();
        rmSync(folder, { recursive: true });
      }
    }),
    { numRuns: 50 },
  );
}, 60_000);
