// `delete`. Source: the manual's page "delete (database command)".
import { explainWrite } from '../execution/explain/explain-write.js';
import { deleteDocuments } from '../execution/writes/delete-documents.js';
import { parseDeleteStatement } from '../execution/writes/statement-documents.js';
import { checkBatchSize, statementIdsOf } from '../execution/writes/statement-ids.js';
import { writeReply } from '../execution/writes/write-errors.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';

export const deleteCommand = defineCommand({
  name: 'delete',
  help: 'Removes documents.',
  fields: {
    delete: { kind: 'string', required: true },
    deletes: { kind: 'documents', required: true },
    ordered: 'boolean',
    let: 'object',
    stmtId: 'integer',
    stmtIds: 'array',
    bypassDocumentValidation: { kind: 'boolean', ignored: true },
  },
  access: { kind: 'privileges', required: ({ delete: collection }, database) => [{ resource: { database, collection }, actions: ['remove'] }] },
  inTransactions: true,
  retryableWrite: true,
  stableApi: true,
  async run(fields, context) {
    const { deletes } = fields;
    checkBatchSize(deletes.length);
    const { outcomes, errors } = await deleteDocuments(context, {
      collection: fields.delete,
      statements: deletes.map((document) => parseDeleteStatement(context, document, { database: context.database, collection: fields.delete }, fields.let)),
      ordered: fields.ordered ?? true,
      statementId: statementIdsOf(fields, deletes.length),
    });
    return writeReply(outcomes.reduce((total, { outcome }) => total + outcome, 0), errors);
  },
  explain: (fields, context, verbosity) => {
    const [only] = fields.deletes;
    if (only === undefined || fields.deletes.length !== 1) throw new CommandError('InvalidLength', 'explained write batches must be of size 1');
    const { query } = parseDeleteStatement(context, only, { database: context.database, collection: fields.delete }, fields.let)();
    return explainWrite(context, { collection: fields.delete, stage: 'DELETE', query, update: undefined, upsert: false }, verbosity);
  },
});
