// `planCacheListFilters`. Source: the manual's page "planCacheListFilters".
import { DocumentWriter } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import { collectionOfShape } from '../execution/reads/shape-request.js';

export const planCacheListFilters = defineCommand({
  name: 'planCacheListFilters',
  help: 'Lists the index filters of a collection.',
  fields: { planCacheListFilters: { kind: 'string', required: true } },
  access: { kind: 'privileges', required: ({ planCacheListFilters: collection }, database) => [{ resource: { database, collection }, actions: ['planCacheIndexFilter'] }] },
  run({ planCacheListFilters: name }, context) {
    const collection = collectionOfShape(context, name);
    const filters = collection === undefined ? [] : context.services.indexFilters.list(collection);
    const writer = new DocumentWriter().openArray('filters');
    filters.forEach(({ query, sort, projection, collation, indexes }, position) => {
      writer.openDocument(String(position)).document('query', query).document('sort', sort).document('projection', projection);
      if (collation !== undefined) writer.document('collation', collation);
      writer.openArray('indexes');
      indexes.forEach((index, place) => writer.append(String(place), index));
      writer.close().close();
    });
    return writer.close().finish();
  },
});
