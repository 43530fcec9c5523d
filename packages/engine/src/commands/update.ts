// `update`. Source: the manual's page "update (database command)".
import type { RawDocument } from '../bson/raw-value.js';
import { getDocumentField } from '../bson/reader.js';
import { DocumentWriter } from '../bson/writer.js';
import type { EnvironmentOptions } from '../execution/environment.js';
import { explainWrite } from '../execution/explain/explain-write.js';
import { parseUpdateStatement } from '../execution/writes/statement-documents.js';
import { checkBatchSize, statementIdsOf } from '../execution/writes/statement-ids.js';
import type { StatementResults } from '../execution/writes/statements.js';
import { updateDocuments, type UpdateOutcome } from '../execution/writes/update-documents.js';
import { appendWriteErrors } from '../execution/writes/write-errors.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';

function mayUpsert(updates: readonly RawDocument[]): boolean {
  return updates.some((statement) => {
    const upsert = getDocumentField(statement, 'upsert');
    return upsert !== undefined && !upsert.isNullish() && (upsert.number() ?? Number(upsert.boolean())) !== 0;
  });
}

function updateReply({ outcomes, errors }: StatementResults<UpdateOutcome>): RawDocument {
  const upserted = outcomes.filter(({ outcome }) => outcome.upsertedId !== undefined);
  const matched = outcomes.reduce((total, { outcome }) => total + outcome.matched, 0);
  const writer = new DocumentWriter().int32('n', matched + upserted.length);
  if (upserted.length > 0) {
    writer.openArray('upserted');
    upserted.forEach(({ index, outcome }, position) => {
      writer.openDocument(String(position)).int32('index', index).append('_id', outcome.upsertedId!).close();
    });
    writer.close();
  }
  writer.int32('nModified', outcomes.reduce((total, { outcome }) => total + outcome.modified, 0));
  appendWriteErrors(writer, errors);
  return writer.double('ok', 1).finish();
}

function statementOptions({ let: variables, bypassEmptyTsReplacement }: { readonly let?: RawDocument | undefined; readonly bypassEmptyTsReplacement?: boolean | undefined }): EnvironmentOptions {
  return { let: variables, bypassEmptyTsReplacement };
}

export const update = defineCommand({
  name: 'update',
  help: 'Changes, replaces or upserts documents.',
  fields: {
    update: { kind: 'string', required: true },
    updates: { kind: 'documents', required: true },
    ordered: 'boolean',
    bypassDocumentValidation: 'boolean',
    bypassEmptyTsReplacement: 'boolean',
    let: 'object',
    stmtId: 'integer',
    stmtIds: 'array',
  },
  access: {
    kind: 'privileges',
    required: ({ update: collection, updates, bypassDocumentValidation }, database) => [
      {
        resource: { database, collection },
        actions: ['update', ...(mayUpsert(updates) ? ['insert'] : []), ...(bypassDocumentValidation === true ? ['bypassDocumentValidation'] : [])],
      },
    ],
  },
  inTransactions: true,
  retryableWrite: true,
  stableApi: true,
  async run(fields, context) {
    const { updates } = fields;
    checkBatchSize(updates.length);
    const results = await updateDocuments(context, {
      collection: fields.update,
      statements: updates.map((document) => parseUpdateStatement(context, document, { database: context.database, collection: fields.update }, statementOptions(fields))),
      ordered: fields.ordered ?? true,
      bypassValidation: fields.bypassDocumentValidation ?? false,
      statementId: statementIdsOf(fields, updates.length),
    });
    return updateReply(results);
  },
  explain: (fields, context, verbosity) => {
    const [only] = fields.updates;
    if (only === undefined || fields.updates.length !== 1) throw new CommandError('InvalidLength', 'explained write batches must be of size 1');
    const statement = parseUpdateStatement(context, only, { database: context.database, collection: fields.update }, statementOptions(fields))();
    return explainWrite(context, { collection: fields.update, stage: 'UPDATE', query: statement.query, update: statement.update, upsert: statement.upsert }, verbosity);
  },
});
