// `planCacheClear`. Source: the manual's page "planCacheClear".
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import { queryOfShape, shapeFields } from '../execution/reads/shape-request.js';

export const planCacheClear = defineCommand({
  name: 'planCacheClear',
  help: 'Has nothing to clear: plans are chosen anew for each query.',
  fields: { planCacheClear: { kind: 'string', required: true }, ...shapeFields },
  access: { kind: 'privileges', required: ({ planCacheClear: collection }, database) => [{ resource: { database, collection }, actions: ['planCacheWrite'] }] },
  run(parsed, context) {
    queryOfShape(context, parsed.planCacheClear, parsed);
    return emptyDocument;
  },
});
