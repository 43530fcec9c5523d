// `findAndModify`. Source: the manual's page "findAndModify (database command)".
import type { RawDocument } from '../bson/raw-value.js';
import { arrayValue } from '../bson/values.js';
import { environmentOf } from '../execution/environment.js';
import { explainWrite } from '../execution/explain/explain-write.js';
import { parseHint } from '../execution/hint.js';
import { compileRead, planningServices } from '../execution/reads/read-query.js';
import { findAndModifyDocument, type FindAndModifyRequest } from '../execution/writes/find-and-modify.js';
import { filterDocuments } from '../execution/writes/statement-documents.js';
import { defineCommand } from '../dispatch/command.js';
import type { CommandContext } from '../dispatch/context.js';
import type { ParsedFields } from '../dispatch/fields.js';
import { CommandError } from '../errors.js';
import { compileUpdate } from '../query/update/compile-update.js';
import { compileProjection } from '../query/projection/compile-projection.js';

const fields = {
  findAndModify: { kind: 'string', required: true },
  query: 'object',
  sort: 'object',
  remove: 'boolean',
  update: 'any',
  new: 'boolean',
  fields: 'object',
  upsert: 'boolean',
  bypassDocumentValidation: 'boolean',
  bypassEmptyTsReplacement: 'boolean',
  collation: 'object',
  arrayFilters: 'array',
  hint: 'any',
  let: 'object',
  stmtId: 'integer',
} as const;

type Fields = ParsedFields<typeof fields>;

function refuse(message: string): never {
  throw new CommandError('FailedToParse', message);
}

function checkCombination({ remove, update, new: returnNew, upsert, arrayFilters }: Fields): void {
  if (remove === true) {
    if (update !== undefined) refuse('Cannot specify both an update and remove=true');
    if (upsert === true) refuse('Cannot specify both upsert=true and remove=true ');
    if (returnNew === true) refuse("Cannot specify both new=true and remove=true; 'remove' always returns the deleted document");
    if (arrayFilters !== undefined) refuse('Cannot specify arrayFilters and remove=true');
  } else if (update === undefined) {
    refuse("Either an update or remove=true must be specified");
  }
}

function request(parsed: Fields, context: CommandContext): FindAndModifyRequest {
  checkCombination(parsed);
  const environment = environmentOf(context, parsed, { database: context.database, collection: parsed.findAndModify });
  const { query: filter, sort, remove, fields: projection } = parsed;
  const arrayFilters = parsed.arrayFilters === undefined ? [] : filterDocuments(arrayValue(parsed.arrayFilters), 'findAndModify');
  return {
    collection: parsed.findAndModify,
    query: compileRead({ ...planningServices(context), filter, sort, hint: parseHint(parsed.hint), limit: 1 }, environment),
    update: remove === true ? undefined : compileUpdate(parsed.update!, { arrayFilters }, environment),
    upsert: parsed.upsert ?? false,
    returnsNew: parsed.new ?? false,
    projection: projection === undefined || projection.length <= emptyLength ? undefined : compileProjection(projection, environment),
    bypassValidation: parsed.bypassDocumentValidation ?? false,
    statementId: parsed.stmtId ?? 0,
  };
}

const emptyLength = 5;

export const findAndModify = defineCommand({
  name: 'findAndModify',
  aliases: ['findandmodify'],
  help: 'Changes or removes one document and returns it.',
  fields,
  access: {
    kind: 'privileges',
    required: (parsed, database) => {
      const actions = ['find', parsed.remove === true ? 'remove' : 'update'];
      if (parsed.upsert === true) actions.push('insert');
      if (parsed.bypassDocumentValidation === true) actions.push('bypassDocumentValidation');
      return [{ resource: { database, collection: parsed.findAndModify }, actions }];
    },
  },
  inTransactions: true,
  retryableWrite: true,
  stableApi: true,
  run: (parsed, context): Promise<RawDocument> => findAndModifyDocument(context, request(parsed, context)),
  explain: (parsed, context, verbosity) => {
    const { collection, query, update, upsert } = request(parsed, context);
    return explainWrite(context, { collection, stage: update === undefined ? 'DELETE' : 'UPDATE', query, update, upsert }, verbosity);
  },
});
