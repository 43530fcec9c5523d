// `findAndModify`: one document changed or removed, and returned as it was or as it is.
// Source: the manual's page "findAndModify (database command)".
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { getDocumentField } from '../../bson/reader.js';
import { DocumentWriter } from '../../bson/writer.js';
import type { CommandContext } from '../../dispatch/context.js';
import type { Projection } from '../../query/projection/projection.js';
import type { Update } from '../../query/update/update.js';
import type { WriteUnit } from '../../storage/units.js';
import type { ReadQuery } from '../reads/read-query.js';
import { matchInSlices, matchInUnit, rematch, type MatchedRecord } from './match-records.js';
import { updateRecord, upsertDocument } from './update-documents.js';
import { checkWritable, writeTarget } from './write-target.js';

export interface FindAndModifyRequest {
  readonly collection: string;
  /** With `limit: 1`. */
  readonly query: ReadQuery;
  /** undefined: remove. */
  readonly update: Update | undefined;
  readonly upsert: boolean;
  readonly returnsNew: boolean;
  readonly projection: Projection | undefined;
  readonly bypassValidation: boolean;
  readonly statementId: number;
}

interface Result {
  readonly value: RawDocument | undefined;
  readonly n: number;
  /** undefined for a removal. */
  readonly updatedExisting: boolean | undefined;
  readonly upsertedId: RawValue | undefined;
}

function projected({ projection, query }: FindAndModifyRequest, document: RawDocument): RawDocument {
  if (projection === undefined) return document;
  const value = documentValue(document);
  const arrayIndex = projection.needsArrayIndex ? query.matcher.matchPosition(value).arrayIndex : undefined;
  return projection.apply(value, arrayIndex);
}

function replyOf({ value, n, updatedExisting, upsertedId }: Result): RawDocument {
  const writer = new DocumentWriter().openDocument('lastErrorObject').int32('n', n);
  if (updatedExisting !== undefined) writer.boolean('updatedExisting', updatedExisting);
  if (upsertedId !== undefined) writer.append('upserted', upsertedId);
  writer.close();
  if (value === undefined) writer.null('value');
  else writer.document('value', value);
  return writer.double('ok', 1).finish();
}

function modify(unit: WriteUnit, database: string, request: FindAndModifyRequest, record: MatchedRecord | undefined): RawDocument {
  const { update } = request;
  if (update === undefined) {
    if (record === undefined) return replyOf({ value: undefined, n: 0, updatedExisting: undefined, upsertedId: undefined });
    unit.remove(writeTarget(unit, database, request.collection)!, record.recordId, record.document);
    return replyOf({ value: projected(request, record.document), n: 1, updatedExisting: undefined, upsertedId: undefined });
  }
  const statement = { query: request.query, update };
  if (record !== undefined) {
    const updated = updateRecord(unit, writeTarget(unit, database, request.collection)!, record, statement, request.bypassValidation);
    const document = request.returnsNew ? (updated ?? record.document) : record.document;
    return replyOf({ value: projected(request, document), n: 1, updatedExisting: true, upsertedId: undefined });
  }
  if (!request.upsert) return replyOf({ value: undefined, n: 0, updatedExisting: false, upsertedId: undefined });
  const document = upsertDocument(unit, { ...request, database }, statement);
  const value = request.returnsNew ? projected(request, document) : undefined;
  return replyOf({ value, n: 1, updatedExisting: false, upsertedId: getDocumentField(document, '_id') });
}

/** Finds and modifies in one unit; undefined where the search is too long for that. */
function modifyInUnit(unit: WriteUnit, context: CommandContext, request: FindAndModifyRequest, isBounded: boolean): RawDocument | undefined {
  const answered = context.retryable?.find(unit, request.statementId);
  if (answered !== undefined) return answered;
  const collection = writeTarget(unit, context.database, request.collection);
  const records = collection === undefined ? [] : matchInUnit(unit, collection, request.query, isBounded);
  if (records === undefined) return undefined;
  const reply = modify(unit, context.database, request, records[0]);
  context.retryable?.record(unit, request.statementId, reply);
  return reply;
}

/** So often a document that was found beforehand may have changed before the write is sure to win. */
const maxAttempts = 5;

/** A long search runs before the unit; the document is looked at again in it. */
async function modifyFound(context: CommandContext, request: FindAndModifyRequest): Promise<RawDocument> {
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    // Attempts follow one another until one finds the document as it was.
    const [recordId] = await matchInSlices(context, { ...request, database: context.database }, request.query);
    if (recordId === undefined) break;
    const reply = await context.write((unit) => {
      const collection = writeTarget(unit, context.database, request.collection);
      const record = collection === undefined ? undefined : rematch(unit, collection, recordId, request.query);
      if (record === undefined) return undefined;
      const found = modify(unit, context.database, request, record);
      context.retryable?.record(unit, request.statementId, found);
      return found;
    });
    if (reply !== undefined) return reply;
  }
  return (await context.write((unit) => modifyInUnit(unit, context, request, false)))!;
}

export async function findAndModifyDocument(context: CommandContext, request: FindAndModifyRequest): Promise<RawDocument> {
  checkWritable(context.database, request.collection);
  const reply = await context.write((unit) => modifyInUnit(unit, context, request, !context.inTransaction));
  return reply ?? modifyFound(context, request);
}
