// `planCacheSetFilter`. Source: the manual's page "planCacheSetFilter".
import type { RawValue } from '../bson/raw-value.js';
import { BsonType } from '../bson/types.js';
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';
import { collectionOfShape, queryOfShape, shapeFields } from '../execution/reads/shape-request.js';

function bad(message: string): never {
  throw new CommandError('BadValue', message);
}

function checkIndexes(indexes: readonly RawValue[]): void {
  if (indexes.length === 0) bad("required field 'indexes' must contain at least one index");
  for (const index of indexes) {
    if (index.type !== BsonType.object && index.type !== BsonType.string) bad("each item in 'indexes' must be an object or a string");
    if (index.type === BsonType.object && index.document().length === emptyDocument.length) bad('index specification cannot be empty');
  }
}

export const planCacheSetFilter = defineCommand({
  name: 'planCacheSetFilter',
  help: 'Lets queries of one shape look at some of the indexes alone, until the engine stops.',
  fields: { planCacheSetFilter: { kind: 'string', required: true }, ...shapeFields, query: { kind: 'object', required: true }, indexes: { kind: 'array', required: true } },
  access: { kind: 'privileges', required: ({ planCacheSetFilter: collection }, database) => [{ resource: { database, collection }, actions: ['planCacheIndexFilter'] }] },
  run(parsed, context) {
    const { planCacheSetFilter: name, query, sort = emptyDocument, projection = emptyDocument, collation, indexes } = parsed;
    const collection = collectionOfShape(context, name) ?? bad('no such collection');
    checkIndexes(indexes);
    context.services.indexFilters.set(collection, queryOfShape(context, name, parsed)!, { query, sort, projection, collation, indexes });
    return emptyDocument;
  },
});
