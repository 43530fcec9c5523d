// `update`: finds, changes, or upserts. Source: the manual's page "update (database command)".
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { getDocumentField } from '../../bson/reader.js';
import { DocumentWriter } from '../../bson/writer.js';
import type { CommandContext } from '../../dispatch/context.js';
import { CommandError } from '../../errors.js';
import type { Update } from '../../query/update/update.js';
import type { CollectionEntry, WriteUnit } from '../../storage/units.js';
import { refuseChange } from '../catalog/time-series.js';
import type { ReadQuery } from '../reads/read-query.js';
import { matchInSlices, matchInUnit, maxRecordsPerUnit, rematch, type MatchedRecord } from './match-records.js';
import { compiledInTurn, recorded, runRetryableStatements, type Recorder } from './run-retryable.js';
import type { StatementResults } from './statements.js';
import { validateChanged, validateNew } from './validator.js';
import { checkWritable, ensureCollection, writeTarget, type WriteNamespace } from './write-target.js';

export interface UpdateStatement {
  /** With `limit: 1` unless `multi`. */
  readonly query: ReadQuery;
  readonly update: Update;
  readonly multi: boolean;
  readonly upsert: boolean;
}

export interface UpdateRequest {
  readonly collection: string;
  /** A statement may be bad: it is compiled when its turn comes, and its error is its own. */
  readonly statements: readonly (() => UpdateStatement)[];
  readonly ordered: boolean;
  readonly bypassValidation: boolean;
  readonly statementId: (index: number) => number;
}

export interface UpdateOutcome {
  readonly matched: number;
  readonly modified: number;
  readonly upsertedId: RawValue | undefined;
}

/** Where an update goes, and whether the collection's validator has a say. */
export interface UpdateTarget extends WriteNamespace {
  readonly bypassValidation: boolean;
}

/** Applies the update to one record; returns the new document, or undefined where nothing changes. */
export function updateRecord(unit: WriteUnit, collection: CollectionEntry, record: MatchedRecord, statement: Pick<UpdateStatement, 'query' | 'update'>, bypassValidation: boolean): RawDocument | undefined {
  refuseChange(collection);
  const document = documentValue(record.document);
  const { update, query } = statement;
  const arrayIndex = update.needsArrayIndex ? query.matcher.matchPosition(document).arrayIndex : undefined;
  const updated = update.apply({ document, arrayIndex, isInsert: false });
  if (updated === undefined || updated.equals(record.document)) return undefined;
  if (!bypassValidation) validateChanged(collection, record.document, updated);
  unit.replace(collection, record.recordId, record.document, updated, update.difference(record.document, updated));
  return updated;
}

/** Inserts what the filter and the update make of nothing. */
export function upsertDocument(unit: WriteUnit, target: UpdateTarget, statement: Pick<UpdateStatement, 'query' | 'update'>): RawDocument {
  const collection = ensureCollection(unit, target.database, target.collection);
  refuseChange(collection);
  const document = statement.update.upsertDocument(statement.query.matcher);
  if (!target.bypassValidation) validateNew(collection, document);
  unit.insert(collection, document);
  return document;
}

/** Runs the statement within a unit; undefined where `isBounded` and it is too large for that. */
export function updateInUnit(unit: WriteUnit, target: UpdateTarget, statement: UpdateStatement, isBounded: boolean): UpdateOutcome | undefined {
  const collection = writeTarget(unit, target.database, target.collection);
  const records = collection === undefined ? [] : matchInUnit(unit, collection, statement.query, isBounded);
  if (records === undefined) return undefined;
  if (records.length === 0 && statement.upsert) {
    const document = upsertDocument(unit, target, statement);
    return { matched: 0, modified: 0, upsertedId: getDocumentField(document, '_id') };
  }
  let modified = 0;
  for (const record of records) if (updateRecord(unit, collection!, record, statement, target.bypassValidation) !== undefined) modified += 1;
  return { matched: records.length, modified, upsertedId: undefined };
}

/**
 * An update of more than one unit: records are found first, and looked at again as their turn comes. `record` notes the
 * outcome of a retryable statement, which changes one document, in the unit of that change.
 */
export async function updateInParts(context: CommandContext, target: UpdateTarget, statement: UpdateStatement, record: Recorder<UpdateOutcome>): Promise<UpdateOutcome> {
  const recordIds = await matchInSlices(context, target, statement.query);
  if (recordIds.length === 0 && statement.upsert) {
    return context.write((unit) => recorded(unit, updateInUnit(unit, target, statement, false)!, record));
  }
  let matched = 0;
  let modified = 0;
  for (let start = 0; start < recordIds.length; start += maxRecordsPerUnit) {
    // One part after the other: each is a commit of its own.
    const part = await context.write((unit) => updatePart(unit, target, statement, recordIds.slice(start, start + maxRecordsPerUnit), record));
    matched += part.matched;
    modified += part.modified;
  }
  // Somebody else changed the one document that was found: look again.
  if (!statement.multi && matched === 0 && recordIds.length > 0) return updateInParts(context, target, statement, record);
  return { matched, modified, upsertedId: undefined };
}

function updatePart(unit: WriteUnit, target: UpdateTarget, statement: UpdateStatement, recordIds: readonly number[], record: Recorder<UpdateOutcome>): UpdateOutcome {
  const collection = writeTarget(unit, target.database, target.collection);
  let matched = 0;
  let modified = 0;
  for (const recordId of collection === undefined ? [] : recordIds) {
    const found = rematch(unit, collection!, recordId, statement.query);
    if (found === undefined) continue;
    matched += 1;
    if (updateRecord(unit, collection!, found, statement, target.bypassValidation) !== undefined) modified += 1;
  }
  const outcome = { matched, modified, upsertedId: undefined };
  return matched === 0 ? outcome : recorded(unit, outcome, record);
}

export function encodeOutcome({ matched, modified, upsertedId }: UpdateOutcome): RawDocument {
  const writer = new DocumentWriter().int32('matched', matched).int32('modified', modified);
  if (upsertedId !== undefined) writer.append('upsertedId', upsertedId);
  return writer.finish();
}

export function decodeOutcome(document: RawDocument): UpdateOutcome {
  const count = (name: string): number => getDocumentField(document, name)?.int32() ?? 0;
  return { matched: count('matched'), modified: count('modified'), upsertedId: getDocumentField(document, 'upsertedId') };
}

export async function updateDocuments(context: CommandContext, request: UpdateRequest): Promise<StatementResults<UpdateOutcome>> {
  const { database, retryable } = context;
  checkWritable(database, request.collection);
  const target: UpdateTarget = { database, collection: request.collection, bypassValidation: request.bypassValidation };
  const statementOf = compiledInTurn((index) => {
    const statement = request.statements[index]!();
    if (retryable !== undefined && statement.multi) throw new CommandError('InvalidOptions', 'Cannot use retryable writes with multi=true');
    return statement;
  });
  return runRetryableStatements(
    {
      ordered: request.ordered,
      statementId: request.statementId,
      count: request.statements.length,
      runInUnit: (unit, index, isBounded) => updateInUnit(unit, target, statementOf(index), isBounded),
      runInParts: (index, record) => updateInParts(context, target, statementOf(index), record),
      encode: encodeOutcome,
      decode: decodeOutcome,
    },
    context,
  );
}
