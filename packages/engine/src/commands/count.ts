// `count`. Source: the manual's page "count (database command)".
import { countDocuments, explainCount, type CountRequest } from '../execution/reads/count.js';
import { environmentOf } from '../execution/environment.js';
import { parseHint } from '../execution/hint.js';
import { notNegative } from '../execution/numbers.js';
import { compileRead, planningServices } from '../execution/reads/read-query.js';
import { DocumentWriter } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import type { CommandContext } from '../dispatch/context.js';
import type { ParsedFields } from '../dispatch/fields.js';

const fields = {
  count: { kind: 'string', required: true },
  query: 'object',
  limit: 'integer',
  skip: 'integer',
  hint: 'any',
  collation: 'object',
  // Which fields the documents have does not change how many there are.
  fields: { kind: 'any', ignored: true },
} as const;

function request(parsed: ParsedFields<typeof fields>, context: CommandContext): CountRequest {
  const skip = notNegative('skip', parsed.skip);
  // A negative limit means the same as its absolute value, as in the shell of old.
  const limit = parsed.limit === undefined ? undefined : Math.abs(parsed.limit);
  const options = { ...planningServices(context), filter: parsed.query, hint: parseHint(parsed.hint), skip, limit };
  return { collection: parsed.count, options, query: compileRead(options, environmentOf(context, parsed, { database: context.database, collection: parsed.count })) };
}

export const count = defineCommand({
  name: 'count',
  help: 'Counts documents.',
  fields,
  access: { kind: 'privileges', required: ({ count: collection }, database) => [{ resource: { database, collection }, actions: ['find'] }] },
  stableApi: true,
  async run(parsed, context) {
    const n = await countDocuments(context, request(parsed, context));
    return new DocumentWriter().int32('n', n).double('ok', 1).finish();
  },
  explain: (parsed, context, verbosity) => explainCount(context, request(parsed, context), verbosity),
});
