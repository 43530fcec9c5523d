// `distinct`. Source: the manual's page "distinct (database command)".
import { arrayValue, timestampValue } from '../bson/values.js';
import { DocumentWriter } from '../bson/writer.js';
import { environmentOf } from '../execution/environment.js';
import { parseHint } from '../execution/hint.js';
import { distinctValues, explainDistinct, type DistinctRequest } from '../execution/reads/distinct.js';
import { compileRead, planningServices } from '../execution/reads/read-query.js';
import { defineCommand } from '../dispatch/command.js';
import type { CommandContext } from '../dispatch/context.js';
import type { ParsedFields } from '../dispatch/fields.js';

const fields = {
  distinct: { kind: 'string', required: true },
  key: { kind: 'string', required: true },
  query: 'object',
  collation: 'object',
  hint: 'any',
} as const;

function request(parsed: ParsedFields<typeof fields>, context: CommandContext): DistinctRequest {
  const options = { ...planningServices(context), filter: parsed.query, hint: parseHint(parsed.hint) };
  return { collection: parsed.distinct, key: parsed.key, options, query: compileRead(options, environmentOf(context, parsed, { database: context.database, collection: parsed.distinct })) };
}

export const distinct = defineCommand({
  name: 'distinct',
  help: 'Lists the different values of a field.',
  fields,
  access: { kind: 'privileges', required: ({ distinct: collection }, database) => [{ resource: { database, collection }, actions: ['find'] }] },
  inTransactions: true,
  stableApi: false,
  async run(parsed, context) {
    const values = await distinctValues(context, request(parsed, context));
    const writer = new DocumentWriter().append('values', arrayValue(values));
    if (context.snapshot !== undefined) writer.append('atClusterTime', timestampValue(context.snapshot.clusterTime));
    return writer.double('ok', 1).finish();
  },
  explain: (parsed, context, verbosity) => explainDistinct(context, request(parsed, context), verbosity),
});
