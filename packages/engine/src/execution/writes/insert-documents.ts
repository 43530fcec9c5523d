// `insert`: each document in shape, validated, stored. Source: the manual's page "insert (database command)".
import type { RawDocument } from '../../bson/raw-value.js';
import { emptyDocument } from '../../bson/writer.js';
import type { CommandContext } from '../../dispatch/context.js';
import type { QueryEnvironment } from '../../query/environment.js';
import { prepareInsert } from '../../query/update/stored-document.js';
import type { CollectionEntry, WriteUnit } from '../../storage/units.js';
import { checkMeasurement } from '../catalog/time-series.js';
import { runStatements, type StatementResults } from './statements.js';
import { validateNew } from './validator.js';
import { checkWritable, ensureCollection } from './write-target.js';

export interface InsertRequest {
  readonly collection: string;
  readonly documents: readonly RawDocument[];
  readonly ordered: boolean;
  readonly bypassValidation: boolean;
  readonly statementId: (index: number) => number;
  readonly environment: QueryEnvironment;
}

/** Stores one document; throws what is wrong with it. */
export function insertDocument(unit: WriteUnit, collection: CollectionEntry, document: RawDocument, request: Pick<InsertRequest, 'bypassValidation' | 'environment'>): RawDocument {
  const prepared = prepareInsert(document, request.environment);
  checkMeasurement(collection, prepared);
  if (!request.bypassValidation) validateNew(collection, prepared);
  unit.insert(collection, prepared);
  return prepared;
}

export async function insertDocuments(context: CommandContext, request: InsertRequest): Promise<StatementResults<true>> {
  const { database, retryable } = context;
  checkWritable(database, request.collection);
  return runStatements(context, {
    count: request.documents.length,
    ordered: request.ordered,
    runInUnit: (unit, index) => {
      const statementId = request.statementId(index);
      if (retryable?.find(unit, statementId) !== undefined) return true;
      const collection = ensureCollection(unit, database, request.collection);
      insertDocument(unit, collection, request.documents[index]!, request);
      retryable?.record(unit, statementId, emptyDocument);
      return true;
    },
  });
}
