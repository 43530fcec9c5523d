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
import { compiledInTurn, runRetryableStatements, type Recorder } from './run-retryable.js';
import { parseDeleteStatement, parseUpdateStatement } from './statement-documents.js';
import type { StatementResults } from './statements.js';
import { decodeOutcome, encodeOutcome, updateInParts, updateInUnit, type UpdateOutcome, type UpdateStatement, type UpdateTarget } from './update-documents.js';
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

/** `database.collection` of an entry of `nsInfo`. Throws BadValue (2) where an operation names none. */
export function bulkNamespace(entry: RawDocument | undefined): WriteNamespace {
  if (entry === undefined) throw new CommandError('BadValue', 'BulkWrite ops entry has an invalid nsInfo index.');
  const namespace = getDocumentField(entry, 'ns')?.string();
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

function decodeAnswer(kind: BulkKind, answer: RawDocument): BulkOutcome {
  switch (kind) {
    case 'insert':
      return { kind };
    case 'update':
      return { kind, update: decodeOutcome(answer) };
    case 'delete':
      return { kind, removed: decodeCount(answer) };
  }
}

function encodeAnswer(outcome: BulkOutcome): RawDocument {
  if (outcome.kind === 'insert') return emptyDocument;
  return outcome.kind === 'update' ? encodeOutcome(outcome.update) : encodeCount(outcome.removed);
}

type CompiledOperation =
  | { readonly kind: 'insert'; readonly namespace: WriteNamespace; readonly document: RawDocument }
  | { readonly kind: 'update'; readonly target: UpdateTarget; readonly statement: UpdateStatement }
  | { readonly kind: 'delete'; readonly namespace: WriteNamespace; readonly statement: DeleteStatement };

/** Throws InvalidOptions (72) for a retryable statement that may change many documents. */
function compileOperation(operation: BulkOperation, bypassValidation: boolean, isRetryable: boolean): CompiledOperation {
  const { kind, namespace } = operation;
  if (kind === 'insert') return operation;
  const compiled: CompiledOperation = kind === 'update'
    ? { kind, target: { ...namespace, bypassValidation }, statement: operation.compile() }
    : { kind, namespace, statement: operation.compile() };
  const isMulti = compiled.kind === 'update' ? compiled.statement.multi : compiled.statement.query.limit === undefined;
  if (isRetryable && isMulti) throw new CommandError('InvalidOptions', 'Cannot use retryable writes with multi=true');
  return compiled;
}

function runInUnit(unit: WriteUnit, operation: CompiledOperation, request: BulkWriteRequest, isBounded: boolean): BulkOutcome | undefined {
  const { kind } = operation;
  if (kind === 'insert') {
    const { namespace: { database, collection }, document } = operation;
    insertDocument(unit, ensureCollection(unit, database, collection), document, request);
    return { kind };
  }
  if (kind === 'update') {
    const update = updateInUnit(unit, operation.target, operation.statement, isBounded);
    return update === undefined ? undefined : { kind, update };
  }
  const removed = deleteInUnit(unit, operation.namespace, operation.statement, isBounded);
  return removed === undefined ? undefined : { kind, removed };
}

async function runInParts(context: CommandContext, operation: CompiledOperation, record: Recorder<BulkOutcome>): Promise<BulkOutcome> {
  const { kind } = operation;
  if (kind === 'update') {
    const update = await updateInParts(context, operation.target, operation.statement, (unit, outcome) => record(unit, { kind, update: outcome }));
    return { kind, update };
  }
  if (kind === 'delete') {
    const removed = await deleteInParts(context, operation.namespace, operation.statement, (unit, count) => record(unit, { kind, removed: count }));
    return { kind, removed };
  }
  return { kind };
}

export async function bulkWriteDocuments(context: CommandContext, request: BulkWriteRequest): Promise<StatementResults<BulkOutcome>> {
  const { operations } = request;
  const operationOf = compiledInTurn((index) => compileOperation(operations[index]!, request.bypassValidation, context.retryable !== undefined));
  return runRetryableStatements(
    {
      ordered: request.ordered,
      statementId: request.statementId,
      count: operations.length,
      runInUnit: (unit, index, isBounded) => runInUnit(unit, operationOf(index), request, isBounded),
      runInParts: (index, record) => runInParts(context, operationOf(index), record),
      encode: encodeAnswer,
      decode: (answer, index) => decodeAnswer(operations[index]!.kind, answer),
    },
    context,
  );
}
