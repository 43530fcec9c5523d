// A process that writes until its file may not grow, and says as JSON on stdout what became of its writes. Argument: data folder.
import { encodeDocument, int32Value } from '../bson/values.js';
import { emptyDocument } from '../bson/writer.js';
import { inconsistencies } from './consistency.fixture.js';
import { openStorage } from './open-storage.js';
import type { CollectionEntry, ReadUnit } from './units.js';

const text = 'x'.repeat(20_000);
const writesMax = 2_000;
const refusalsMax = 5;
const removalsMax = 20;
const storage = await openStorage({ dataDirectory: process.argv[2]! });
const collectionOf = (unit: ReadUnit): CollectionEntry => unit.collection('db', 'c')!;
const insert = (_id: number): Promise<unknown> => storage.write((unit) => unit.insert(collectionOf(unit), encodeDocument({ _id, text })));

await storage.write((unit) => unit.createCollection('db', 'c', emptyDocument));
let acknowledged = 0;
let refused = 0;
for (let id = 0; id < writesMax && refused < refusalsMax; id += 1) {
  // One after the other, so that each meets the limit by itself.
  await insert(id).then(() => (acknowledged += 1), () => (refused += 1));
}
const full = storage.openSnapshot();
const found = [...full.scanRecords(collectionOf(full))].length;
const disagreements = inconsistencies(full, collectionOf(full));
full.close();
for (let id = 0; id < removalsMax; id += 1) {
  // One after the other: what one frees is room for those behind it.
  await storage.write((unit) => {
    const collection = collectionOf(unit);
    const recordId = unit.recordIdOf(collection, int32Value(id));
    if (recordId !== undefined) unit.remove(collection, recordId, unit.record(collection, recordId)!);
  });
}
const afterRemoving = await insert(writesMax).then(() => 'kept', (error: unknown) => String(error));
process.stdout.write(JSON.stringify({ acknowledged, refused, found, inconsistencies: disagreements, afterRemoving }));
await storage.close();
