// `delete`. Source: the manual's page "delete (database command)".
import type { RawDocument } from '../../bson/raw-value.js';
import { getDocumentField } from '../../bson/reader.js';
import { DocumentWriter } from '../../bson/writer.js';
import type { CommandContext } from '../../dispatch/context.js';
import { CommandError } from '../../errors.js';
import type { WriteUnit } from '../../storage/units.js';
import type { ReadQuery } from '../reads/read-query.js';
import { matchInSlices, matchInUnit, maxRecordsPerUnit, rematch } from './match-records.js';
import { compiledInTurn, recorded, runRetryableStatements, type Recorder } from './run-retryable.js';
import type { StatementResults } from './statements.js';
import { checkWritable, writeTarget, type WriteNamespace } from './write-target.js';

export interface DeleteStatement {
  /** With `limit: 1` where one document is to go. */
  readonly query: ReadQuery;
}

export interface DeleteRequest {
  readonly collection: string;
  readonly statements: readonly (() => DeleteStatement)[];
  readonly ordered: boolean;
  readonly statementId: (index: number) => number;
}

/** Runs the statement within a unit; undefined where `isBounded` and it is too large for that. */
export function deleteInUnit(unit: WriteUnit, { database, collection: name }: WriteNamespace, { query }: DeleteStatement, isBounded: boolean): number | undefined {
  const collection = writeTarget(unit, database, name);
  if (collection === undefined) return 0;
  const records = matchInUnit(unit, collection, query, isBounded);
  if (records === undefined) return undefined;
  for (const { recordId, document } of records) unit.remove(collection, recordId, document);
  return records.length;
}

function deletePart(unit: WriteUnit, { database, collection: name }: WriteNamespace, { query }: DeleteStatement, recordIds: readonly number[], record: Recorder<number>): number {
  const collection = writeTarget(unit, database, name);
  let removed = 0;
  for (const recordId of collection === undefined ? [] : recordIds) {
    const found = rematch(unit, collection!, recordId, query);
    if (found === undefined) continue;
    unit.remove(collection!, recordId, found.document);
    removed += 1;
  }
  return removed === 0 ? removed : recorded(unit, removed, record);
}

/** A removal of more than one unit; see `updateInParts`. */
export async function deleteInParts(context: CommandContext, namespace: WriteNamespace, statement: DeleteStatement, record: Recorder<number>): Promise<number> {
  const recordIds = await matchInSlices(context, namespace, statement.query);
  let removed = 0;
  for (let start = 0; start < recordIds.length; start += maxRecordsPerUnit) {
    const part = recordIds.slice(start, start + maxRecordsPerUnit);
    // One part after the other: each is a commit of its own.
    removed += await context.write((unit) => deletePart(unit, namespace, statement, part, record));
  }
  const isSingle = statement.query.limit === 1;
  return isSingle && removed === 0 && recordIds.length > 0 ? deleteInParts(context, namespace, statement, record) : removed;
}

export function encodeCount(count: number): RawDocument {
  return new DocumentWriter().int32('n', count).finish();
}

export function decodeCount(document: RawDocument): number {
  return getDocumentField(document, 'n')?.int32() ?? 0;
}

export async function deleteDocuments(context: CommandContext, request: DeleteRequest): Promise<StatementResults<number>> {
  const { database, retryable } = context;
  checkWritable(database, request.collection);
  const namespace = { database, collection: request.collection };
  const statementOf = compiledInTurn((index) => {
    const statement = request.statements[index]!();
    if (retryable !== undefined && statement.query.limit === undefined) throw new CommandError('InvalidOptions', 'Cannot use retryable writes with limit=0');
    return statement;
  });
  return runRetryableStatements(
    {
      ordered: request.ordered,
      statementId: request.statementId,
      count: request.statements.length,
      runInUnit: (unit, index, isBounded) => deleteInUnit(unit, namespace, statementOf(index), isBounded),
      runInParts: (index, record) => deleteInParts(context, namespace, statementOf(index), record),
      encode: encodeCount,
      decode: decodeCount,
    },
    context,
  );
}
