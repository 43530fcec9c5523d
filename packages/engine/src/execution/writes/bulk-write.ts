// `bulkWrite`: inserts, updates and deletes of several collections in one order.
// Source: the manual's page "bulkWrite (database command)".
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { elements, getDocumentField } from '../../bson/reader.js';
import { documentOf, int32Value } from '../../bson/values.js';
import { emptyDocument } from '../../bson/writer.js';
import type { CommandContext } from '../../dispatch/context.js';
import { CommandError } from '../../errors.js';
import type { QueryEnvironment } from '../../query/environment.js';
import type { WriteUnit } from '../../storage/units.js';
import { decodeCount, deleteInParts, deleteInUnit, encodeCount, type DeleteStatement } from './delete-documents.js';
import { insertDocument } from './insert-documents.js';
import type { EnvironmentOptions } from '../environment.js';
import { parseDeleteStatement, parseUpdateStatement } from './statement-documents.js';
import { runStatements, type StatementResults } from './statements.js';
import { decodeOutcome, encodeOutcome, updateInParts, updateInUnit, type UpdateOutcome, type UpdateStatement } from './update-documents.js';
import { checkWritable, ensureCollection, type WriteNamespace } from './write-target.js';

export type BulkKind = 'insert' | 'update' | 'delete';

/** One entry of `ops`, its statement not compiled yet. */
export type BulkOperation = { readonly namespace: WriteNamespace } & (
  | { readonly kind: 'insert'; readonly document: RawDocument }
  | { readonly kind: 'update'; readonly compile: () => UpdateStatement }
  | { readonly kind: 'delete'; readonly compile: () => DeleteStatement }
);

export type BulkOutcome =
  | { readonly kind: 'insert' }
  | { readonly kind: 'update'; readonly update: UpdateOutcome }
  | { readonly kind: 'delete'; readonly removed: number };

const kinds: readonly BulkKind[] = ['insert', 'update', 'delete'];

/** The kind of an operation and the index of its namespace: the document's first field. */
export function bulkKindOf(operation: RawDocument): { readonly kind: BulkKind; readonly namespaceIndex: number } {
  const first = [...elements(documentValue(operation))][0];
  const kind = kinds.find((name) => name === first?.[0]);
  if (kind === undefined || first === undefined) throw new CommandError('FailedToParse', `BSON field 'bulkWrite.ops' has an operation of unknown kind '${first?.[0] ?? ''}'`);
  return { kind, namespaceIndex: first[1].number() ?? -1 };
}

/** `database.collection` of an entry of `nsInfo`. */
export function bulkNamespace(entry: RawDocument | undefined): WriteNamespace {
  const namespace = entry === undefined ? undefined : getDocumentField(entry, 'ns')?.string();
  const dot = namespace?.indexOf('.') ?? -1;
  if (namespace === undefined || dot <= 0) throw new CommandError('InvalidNamespace', `Invalid namespace specified for bulkWrite: '${namespace ?? ''}'`);
  return { database: namespace.slice(0, dot), collection: namespace.slice(dot + 1) };
}

const updateNames: Readonly<Record<string, string>> = {
  filter: 'q', updateMods: 'u', multi: 'multi', upsert: 'upsert', arrayFilters: 'arrayFilters', hint: 'hint', collation: 'collation', constants: 'c', sort: 'sort',
};
const deleteNames: Readonly<Record<string, string>> = { filter: 'q', hint: 'hint', collation: 'collation' };

/** The operation under the names that `update` and `delete` use for the same things. */
function renamed(operation: RawDocument, names: Readonly<Record<string, string>>, kind: BulkKind, extra: readonly (readonly [string, RawValue])[] = []): RawDocument {
  const fields: (readonly [string, RawValue])[] = [...extra];
  for (const [name, value] of [...elements(documentValue(operation))].slice(1)) {
    const known = Object.hasOwn(names, name) ? names[name] : undefined;
    if (known !== undefined) fields.push([known, value]);
    else if (!(kind === 'delete' && name === 'multi')) throw new CommandError('Location40415', `BSON field '${kind}.${name}' is an unknown field.`);
  }
  return documentOf(fields);
}

export function parseBulkOperation(context: CommandContext, operation: RawDocument, namespaces: readonly RawDocument[], options: Pick<EnvironmentOptions, 'let' | 'bypassEmptyTsReplacement'>): BulkOperation {
  const { kind, namespaceIndex } = bulkKindOf(operation);
  const namespace = bulkNamespace(namespaces[namespaceIndex]);
  checkWritable(namespace.database, namespace.collection);
  switch (kind) {
    case 'insert': {
      const document = getDocumentField(operation, 'document');
      if (document === undefined) throw new CommandError('Location40414', "BSON field 'insert.document' is missing but a required field");
      return { kind, namespace, document: document.document() };
    }
    case 'update':
      return { kind, namespace, compile: parseUpdateStatement(context, renamed(operation, updateNames, kind), namespace, options) };
    case 'delete': {
      const multi = getDocumentField(operation, 'multi')?.boolean() ?? false;
      const limit = ['limit', int32Value(multi ? 0 : 1)] as const;
      return { kind, namespace, compile: parseDeleteStatement(context, renamed(operation, deleteNames, kind, [limit]), namespace, options.let) };
    }
  }
}

export interface BulkWriteRequest {
  readonly operations: readonly BulkOperation[];
  readonly ordered: boolean;
  readonly bypassValidation: boolean;
  readonly statementId: (index: number) => number;
  readonly environment: QueryEnvironment;
}

function answeredOutcome(operation: BulkOperation, answer: RawDocument): BulkOutcome {
  switch (operation.kind) {
    case 'insert':
      return { kind: 'insert' };
    case 'update':
      return { kind: 'update', update: decodeOutcome(answer) };
    case 'delete':
      return { kind: 'delete', removed: decodeCount(answer) };
  }
}

function answerOf(outcome: BulkOutcome): RawDocument {
  if (outcome.kind === 'insert') return emptyDocument;
  return outcome.kind === 'update' ? encodeOutcome(outcome.update) : encodeCount(outcome.removed);
}

/** Throws InvalidOptions (72) for a retryable statement that may change many documents. */
function refuseMulti(operation: BulkOperation): void {
  const isMulti = (operation.kind === 'update' && operation.compile().multi) || (operation.kind === 'delete' && operation.compile().query.limit === undefined);
  if (isMulti) throw new CommandError('InvalidOptions', 'Cannot use retryable writes with multi=true');
}

function runOperation(unit: WriteUnit, operation: BulkOperation, request: BulkWriteRequest, isBounded: boolean): BulkOutcome | undefined {
  const { namespace } = operation;
  if (operation.kind === 'insert') {
    insertDocument(unit, ensureCollection(unit, namespace.database, namespace.collection), operation.document, request);
    return { kind: 'insert' };
  }
  if (operation.kind === 'update') {
    const update = updateInUnit(unit, { ...namespace, bypassValidation: request.bypassValidation }, operation.compile(), isBounded);
    return update === undefined ? undefined : { kind: 'update', update };
  }
  const removed = deleteInUnit(unit, namespace, operation.compile(), isBounded);
  return removed === undefined ? undefined : { kind: 'delete', removed };
}

async function runInParts(context: CommandContext, operation: BulkOperation, request: BulkWriteRequest, statementId: number): Promise<BulkOutcome> {
  const { namespace } = operation;
  const { retryable } = context;
  if (operation.kind === 'update') {
    return { kind: 'update', update: await updateInParts(context, { ...namespace, bypassValidation: request.bypassValidation }, operation.compile(), (unit, outcome) => retryable?.record(unit, statementId, encodeOutcome(outcome))) };
  }
  if (operation.kind === 'delete') return { kind: 'delete', removed: await deleteInParts(context, namespace, operation.compile(), (unit, count) => retryable?.record(unit, statementId, encodeCount(count))) };
  return { kind: 'insert' };
}

export async function bulkWriteDocuments(context: CommandContext, request: BulkWriteRequest): Promise<StatementResults<BulkOutcome>> {
  const { retryable, inTransaction } = context;
  return runStatements(context, {
    count: request.operations.length,
    ordered: request.ordered,
    runInUnit: (unit, index) => {
      const operation = request.operations[index]!;
      const statementId = request.statementId(index);
      const answered = retryable?.find(unit, statementId);
      if (answered !== undefined) return answeredOutcome(operation, answered);
      if (retryable !== undefined) refuseMulti(operation);
      const outcome = runOperation(unit, operation, request, !inTransaction);
      if (outcome !== undefined) retryable?.record(unit, statementId, answerOf(outcome));
      return outcome;
    },
    runInParts: (index) => runInParts(context, request.operations[index]!, request, request.statementId(index)),
  });
}
