// `bulkWrite`. Source: the manual's page "bulkWrite (database command)".
import type { Privilege } from '../auth/privileges.js';
import type { RawDocument } from '../bson/raw-value.js';
import { getDocumentField } from '../bson/reader.js';
import { DocumentWriter } from '../bson/writer.js';
import { openCursor } from '../execution/cursor-reply.js';
import { ListSource } from '../execution/document-source.js';
import { environmentOf } from '../execution/environment.js';
import { bulkKindOf, bulkNamespace, bulkWriteDocuments, parseBulkOperation, type BulkOutcome } from '../execution/writes/bulk-write.js';
import { checkBatchSize, statementIdsOf } from '../execution/writes/statement-ids.js';
import type { StatementResults } from '../execution/writes/statements.js';
import { defineCommand } from '../dispatch/command.js';
import { appendErrorFields } from '../dispatch/error-reply.js';

const actionsByKind = { insert: ['insert'], update: ['update', 'insert'], delete: ['remove'] } as const;

function requiredPrivileges(operations: readonly RawDocument[], namespaces: readonly RawDocument[], bypasses: boolean): Privilege[] {
  return operations.map((operation) => {
    const { kind, namespaceIndex } = bulkKindOf(operation);
    const needsInsert = kind !== 'update' || getDocumentField(operation, 'upsert')?.boolean() === true;
    const actions = actionsByKind[kind].filter((action) => needsInsert || action !== 'insert');
    return { resource: bulkNamespace(namespaces[namespaceIndex]), actions: bypasses ? [...actions, 'bypassDocumentValidation'] : actions };
  });
}

function printOutcome(index: number, outcome: BulkOutcome): RawDocument {
  const writer = new DocumentWriter().double('ok', 1).int32('idx', index);
  if (outcome.kind === 'insert') return writer.int32('n', 1).finish();
  if (outcome.kind === 'delete') return writer.int32('n', outcome.removed).finish();
  const { matched, modified, upsertedId } = outcome.update;
  writer.int32('n', matched + (upsertedId === undefined ? 0 : 1)).int32('nModified', modified);
  if (upsertedId !== undefined) writer.openDocument('upserted').append('_id', upsertedId).close();
  return writer.finish();
}

/** Results in the order of the operations. */
function printResults({ outcomes, errors }: StatementResults<BulkOutcome>, errorsOnly: boolean): RawDocument[] {
  const failures = errors.map(({ index, error }) => {
    const writer = new DocumentWriter().double('ok', 0).int32('idx', index).int32('code', error.code);
    appendErrorFields(writer, error.fields);
    return { index, document: writer.string('errmsg', error.message).int32('n', 0).finish() };
  });
  const successes = errorsOnly ? [] : outcomes.map(({ index, outcome }) => ({ index, document: printOutcome(index, outcome) }));
  return [...successes, ...failures].sort((a, b) => a.index - b.index).map(({ document }) => document);
}

function appendCounts(writer: DocumentWriter, { outcomes, errors }: StatementResults<BulkOutcome>): void {
  const totals = { nErrors: errors.length, nInserted: 0, nMatched: 0, nModified: 0, nUpserted: 0, nDeleted: 0 };
  for (const { outcome } of outcomes) {
    if (outcome.kind === 'insert') totals.nInserted += 1;
    else if (outcome.kind === 'delete') totals.nDeleted += outcome.removed;
    else {
      totals.nMatched += outcome.update.matched;
      totals.nModified += outcome.update.modified;
      if (outcome.update.upsertedId !== undefined) totals.nUpserted += 1;
    }
  }
  for (const [name, value] of Object.entries(totals)) writer.int32(name, value);
}

export const bulkWrite = defineCommand({
  name: 'bulkWrite',
  help: 'Inserts, updates and deletes in several collections with one command.',
  fields: {
    bulkWrite: { kind: 'any', required: true },
    ops: { kind: 'documents', required: true },
    nsInfo: { kind: 'documents', required: true },
    ordered: 'boolean',
    bypassDocumentValidation: 'boolean',
    bypassEmptyTsReplacement: 'boolean',
    errorsOnly: 'boolean',
    let: 'object',
    cursor: 'object',
    stmtId: 'integer',
    stmtIds: 'array',
  },
  access: {
    kind: 'privileges',
    required: ({ ops, nsInfo, bypassDocumentValidation }) => requiredPrivileges(ops, nsInfo, bypassDocumentValidation === true),
  },
  adminOnly: true,
  inTransactions: true,
  retryableWrite: true,
  stableApi: true,
  async run(fields, context) {
    checkBatchSize(fields.ops.length);
    const results = await bulkWriteDocuments(context, {
      operations: fields.ops.map((operation) => parseBulkOperation(context, operation, fields.nsInfo, { let: fields.let, bypassEmptyTsReplacement: fields.bypassEmptyTsReplacement })),
      ordered: fields.ordered ?? true,
      bypassValidation: fields.bypassDocumentValidation ?? false,
      statementId: statementIdsOf(fields, fields.ops.length),
      environment: environmentOf(context, { bypassEmptyTsReplacement: fields.bypassEmptyTsReplacement }),
    });
    const source = new ListSource(printResults(results, fields.errorsOnly ?? false));
    const batchSize = fields.cursor === undefined ? fields.ops.length : getDocumentField(fields.cursor, 'batchSize')?.number();
    const reply = await openCursor(context, { namespace: 'admin.$cmd.bulkWrite', source, batchSize });
    const writer = new DocumentWriter().append('cursor', getDocumentField(reply, 'cursor')!);
    appendCounts(writer, results);
    return writer.finish();
  },
});
