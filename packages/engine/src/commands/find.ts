// `find`. Source: the manual's page "find (database command)".
import { environmentOf } from '../execution/environment.js';
import { explainFind } from '../execution/explain/explain-find.js';
import { openCursor } from '../execution/cursor-reply.js';
import { parseHint } from '../execution/hint.js';
import { LazySource } from '../execution/lazy-source.js';
import { prepareFind, sourceOf, type FindRequest } from '../execution/reads/find.js';
import { compileRead } from '../execution/reads/read-query.js';
import { requireCapped, TailingSource } from '../execution/reads/tail.js';
import { notNegative } from '../execution/numbers.js';
import { checkRange, type IndexRange } from '../execution/index-range-plan.js';
import type { RawDocument } from '../bson/raw-value.js';
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import type { CommandContext } from '../dispatch/context.js';
import type { ParsedFields } from '../dispatch/fields.js';
import { CommandError } from '../errors.js';
import type { ChangeScope } from '../storage/change-signal.js';
import { oplogDatabase, oplogName } from '../storage/oplog-collection.js';

const fields = {
  find: { kind: 'string', required: true },
  filter: 'object',
  sort: 'object',
  projection: 'object',
  hint: 'any',
  skip: 'integer',
  limit: 'integer',
  batchSize: 'integer',
  singleBatch: 'boolean',
  max: 'object',
  min: 'object',
  returnKey: 'boolean',
  showRecordId: 'boolean',
  tailable: 'boolean',
  awaitData: 'boolean',
  noCursorTimeout: 'boolean',
  // Nothing is sharded, so nothing is ever partial; the oplog needs no hint to be read backwards.
  allowPartialResults: { kind: 'boolean', ignored: true },
  oplogReplay: { kind: 'boolean', ignored: true },
  collation: 'object',
  allowDiskUse: 'boolean',
  let: 'object',
} as const;

type Fields = ParsedFields<typeof fields>;

/** `min` and `max`, where one of them is given; empty documents are none. */
function rangeOf({ min, max }: Fields): IndexRange | undefined {
  const given = (bound: RawDocument | undefined): RawDocument | undefined => (bound === undefined || bound.length === emptyDocument.length ? undefined : bound);
  const range = { min: given(min), max: given(max) };
  checkRange(range);
  return range.min === undefined && range.max === undefined ? undefined : range;
}

function findRequest(parsed: Fields, context: CommandContext): FindRequest {
  const skip = notNegative('skip', parsed.skip);
  const limit = notNegative('limit', parsed.limit);
  notNegative('batchSize', parsed.batchSize);
  const { filter, sort, projection, returnKey, showRecordId } = parsed;
  const { server, indexUsage, indexFilters } = context.services;
  const allowDiskUse = parsed.allowDiskUse ?? server.parameters.get('allowDiskUseByDefault') !== false;
  const range = rangeOf(parsed);
  const options = { indexUsage, indexFilters, filter, sort, projection, allowDiskUse, skip, limit, range, returnKey, showRecordId, hint: parseHint(parsed.hint) };
  const environment = environmentOf(context, parsed, { database: context.database, collection: parsed.find });
  return { collection: parsed.find, options, query: compileRead(options, environment) };
}

/** Whose changes a waiting cursor wants to hear of: the oplog has everybody's. */
function awaitedScope(database: string, collection: string): ChangeScope {
  return database === oplogDatabase && collection === oplogName ? { database: undefined, collection: undefined } : { database, collection };
}

export const find = defineCommand({
  name: 'find',
  help: 'Selects documents of a collection or view.',
  fields,
  access: { kind: 'privileges', required: ({ find: collection }, database) => [{ resource: { database, collection }, actions: ['find'] }] },
  inTransactions: true,
  stableApi: true,
  run(parsed, context) {
    const request = findRequest(parsed, context);
    const tailable = parsed.tailable === true;
    if (parsed.awaitData === true && !tailable) throw new CommandError('FailedToParse', 'Cannot set \'awaitData\' without also setting \'tailable\'');
    if (tailable) context.read((unit) => requireCapped(unit, context.database, request));
    const source = tailable
      ? new LazySource((unit) => new TailingSource(unit, context.database, request))
      : new LazySource((unit) => sourceOf(prepareFind(unit, context, request)));
    return openCursor(context, {
      namespace: `${context.database}.${parsed.find}`,
      source, tailable,
      batchSize: parsed.batchSize,
      singleBatch: parsed.singleBatch ?? false,
      noCursorTimeout: parsed.noCursorTimeout ?? false,
      awaitData: parsed.awaitData ?? false,
      scope: awaitedScope(context.database, parsed.find),
    });
  },
  explain: (parsed, context, verbosity) => explainFind(context, findRequest(parsed, context), verbosity),
});
