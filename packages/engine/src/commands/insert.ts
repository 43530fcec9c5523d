// `insert`. Source: the manual's page "insert (database command)".
import { environmentOf } from '../execution/environment.js';
import { insertDocuments } from '../execution/writes/insert-documents.js';
import { checkBatchSize, statementIdsOf } from '../execution/writes/statement-ids.js';
import { writeReply } from '../execution/writes/write-errors.js';
import { defineCommand } from '../dispatch/command.js';

export const insert = defineCommand({
  name: 'insert',
  help: 'Stores documents.',
  fields: {
    insert: { kind: 'string', required: true },
    documents: { kind: 'documents', required: true },
    ordered: 'boolean',
    bypassDocumentValidation: 'boolean',
    bypassEmptyTsReplacement: 'boolean',
    stmtId: 'integer',
    stmtIds: 'array',
    // Of time-series and encrypted collections, which there are none of.
    isTimeseriesUpsert: { kind: 'any', ignored: true },
  },
  access: {
    kind: 'privileges',
    required: ({ insert: collection, bypassDocumentValidation }, database) => [
      { resource: { database, collection }, actions: bypassDocumentValidation === true ? ['insert', 'bypassDocumentValidation'] : ['insert'] },
    ],
  },
  inTransactions: true,
  retryableWrite: true,
  stableApi: true,
  async run(fields, context) {
    const { documents } = fields;
    checkBatchSize(documents.length);
    const { outcomes, errors } = await insertDocuments(context, {
      collection: fields.insert,
      documents,
      ordered: fields.ordered ?? true,
      bypassValidation: fields.bypassDocumentValidation ?? false,
      statementId: statementIdsOf(fields, documents.length),
      environment: environmentOf(context, { bypassEmptyTsReplacement: fields.bypassEmptyTsReplacement }),
    });
    return writeReply(outcomes.length, errors);
  },
});
