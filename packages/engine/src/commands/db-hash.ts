// `dbHash`: a hash of each collection's documents in the order of their `_id`. Source: the manual's page "dbHash".
// The hash is not MongoDB's own; equal databases of this engine have equal hashes.
import { createHash } from 'node:crypto';
import { BsonType } from '../bson/types.js';
import { encodeDocument } from '../bson/values.js';
import { isCapped } from '../execution/catalog/statistics.js';
import { runPinned } from '../execution/pinned-work.js';
import { everyKey } from '../execution/key-ranges.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';
import type { CollectionEntry, ReadUnit } from '../storage/units.js';

function* hashCollection(unit: ReadUnit, collection: CollectionEntry): Generator<undefined, string> {
  const hash = createHash('md5');
  const index = collection.indexes.find(({ name }) => name === '_id_');
  if (index === undefined) return hash.digest('hex');
  let count = 0;
  for (const { recordId } of unit.scanIndex(collection, index, { range: everyKey })) {
    const document = unit.record(collection, recordId);
    if (document !== undefined) hash.update(document);
    count += 1;
    if (count % documentsPerStep === 0) yield;
  }
  return hash.digest('hex');
}

const documentsPerStep = 64;

export const dbHash = defineCommand({
  name: 'dbHash',
  aliases: ['dbhash'],
  help: 'Hashes the documents of the database.',
  fields: { dbHash: { kind: 'any', required: true }, collections: 'array' },
  access: { kind: 'privileges', required: (_fields, database) => [{ resource: { database, collection: '' }, actions: ['dbHash'] }] },
  async run({ collections }, context) {
    const wanted = collections?.map((name) => {
      if (name.type !== BsonType.string) throw new CommandError('BadValue', 'collections entries have to be strings');
      return name.string();
    });
    const started_ms = performance.now();
    const { uuids, hashes, capped } = await runPinned(context, function* (unit) {
      const entries = unit.collections(context.database).filter(({ kind, name }) => kind !== 'view' && (wanted === undefined || wanted.includes(name)));
      const hashed: (readonly [name: string, hash: string])[] = [];
      for (const entry of entries) hashed.push([entry.name, yield* hashCollection(unit, entry)]);
      return {
        capped: entries.filter(isCapped).map(({ name }) => name),
        uuids: Object.fromEntries(entries.map(({ name, uuid }) => [name, uuid.toString('hex')])),
        hashes: hashed,
      };
    });
    const whole = createHash('md5');
    for (const [, hash] of hashes) whole.update(hash);
    return encodeDocument({
      host: context.services.server.host,
      collections: Object.fromEntries(hashes),
      capped,
      uuids,
      md5: whole.digest('hex'),
      timeMillis: Math.round(performance.now() - started_ms),
    });
  },
});
