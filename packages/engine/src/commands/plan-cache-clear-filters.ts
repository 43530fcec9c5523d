// `planCacheClearFilters`. Source: the manual's page "planCacheClearFilters".
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import { collectionOfShape, queryOfShape, shapeFields } from '../execution/reads/shape-request.js';

export const planCacheClearFilters = defineCommand({
  name: 'planCacheClearFilters',
  help: 'Removes the index filter of one shape of queries, or all of a collection.',
  fields: { planCacheClearFilters: { kind: 'string', required: true }, ...shapeFields },
  access: { kind: 'privileges', required: ({ planCacheClearFilters: collection }, database) => [{ resource: { database, collection }, actions: ['planCacheIndexFilter'] }] },
  run(parsed, context) {
    const name = parsed.planCacheClearFilters;
    const query = queryOfShape(context, name, parsed);
    const collection = collectionOfShape(context, name);
    if (collection !== undefined) context.services.indexFilters.clear(collection, query);
    return emptyDocument;
  },
});
