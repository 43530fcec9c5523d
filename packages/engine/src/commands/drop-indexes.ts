// `dropIndexes`. Source: the manual's page "dropIndexes".
import { describeValue } from '../aggregation/describe-value.js';
import { arrayValues } from '../bson/reader.js';
import type { RawValue } from '../bson/raw-value.js';
import { BsonType } from '../bson/types.js';
import { DocumentWriter } from '../bson/writer.js';
import { isExpiryIndex } from '../execution/catalog/time-series.js';
import { sameKeyPattern } from '../execution/hint.js';
import { checkWritable, writeTarget } from '../execution/writes/write-target.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';
import type { CollectionEntry, IndexEntry } from '../storage/units.js';

function byName(collection: CollectionEntry, name: string): IndexEntry {
  const index = collection.indexes.find((candidate) => candidate.name === name);
  if (index === undefined) throw new CommandError('IndexNotFound', `index not found with name [${name}]`);
  return index;
}

function byKey(collection: CollectionEntry, key: RawValue): IndexEntry {
  const found = collection.indexes.filter((candidate) => sameKeyPattern(candidate.key, key.document()));
  const [only] = found;
  if (only === undefined) throw new CommandError('IndexNotFound', `can't find index with key: ${describeValue(key)}`);
  if (found.length > 1) {
    throw new CommandError('AmbiguousIndexKeyPattern', `${found.length} indexes found for key: ${describeValue(key)}, identify by name instead.`);
  }
  return only;
}

/** The indexes to drop; never `_id_`, whatever a clustered collection calls it. */
function chosenIndexes(collection: CollectionEntry, chosen: RawValue): readonly IndexEntry[] {
  if (chosen.type === BsonType.string && chosen.string() === '*') return collection.indexes.filter((index) => index.name !== '_id_' && !isExpiryIndex(collection, index));
  const indexes = chosen.type === BsonType.array
    ? arrayValues(chosen).map((name) => byName(collection, name.string()))
    : [chosen.type === BsonType.string ? byName(collection, chosen.string()) : byKey(collection, chosen)];
  if (indexes.some(({ name }) => name === '_id_')) throw new CommandError('InvalidOptions', 'cannot drop _id index');
  return indexes;
}

function checkChoice(chosen: RawValue): void {
  const isList = chosen.type === BsonType.array && arrayValues(chosen).every(({ type }) => type === BsonType.string);
  if (chosen.type === BsonType.string || chosen.type === BsonType.object || isList) return;
  throw new CommandError('TypeMismatch', "BSON field 'dropIndexes.index' is the wrong type, expected types '[string, object, array]'");
}

export const dropIndexes = defineCommand({
  name: 'dropIndexes',
  aliases: ['deleteIndexes'],
  help: 'Removes indexes of a collection.',
  fields: { dropIndexes: { kind: 'string', required: true }, index: { kind: 'any', required: true } },
  access: { kind: 'privileges', required: ({ dropIndexes: collection }, database) => [{ resource: { database, collection }, actions: ['dropIndex'] }] },
  stableApi: true,
  async run({ dropIndexes: name, index: chosen }, context) {
    const { database } = context;
    checkWritable(database, name);
    checkChoice(chosen);
    const before = await context.write((unit) => {
      const collection = writeTarget(unit, database, name);
      if (collection === undefined) throw new CommandError('NamespaceNotFound', `ns not found ${database}.${name}`);
      let entry = collection;
      for (const index of chosenIndexes(collection, chosen)) entry = unit.dropIndex(entry, index.name);
      return collection.indexes.length;
    });
    const writer = new DocumentWriter().int32('nIndexesWas', before);
    if (chosen.type === BsonType.string && chosen.string() === '*') writer.string('msg', 'non-_id indexes dropped for collection');
    return writer.finish();
  },
});
