// `insert`: each document in shape, validated, stored. Source: the manual's page "insert (database command)".
import type { RawDocument } from '../../bson/raw-value.js';
import { emptyDocument } from '../../bson/writer.js';
import type { CommandContext, RetryableStatements } from '../../dispatch/context.js';
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

/** Notes the statements of a retryable insert, which are all answered alike, once per unit where their ids follow one another. */
class InsertedStatements {
  private unit: WriteUnit | undefined;
  private first = 0;
  private count = 0;

  constructor(private readonly retryable: RetryableStatements) {}

  /** Whether the statement was answered before. */
  has(unit: WriteUnit, statementId: number): boolean {
    const isPending = this.unit === unit && statementId >= this.first && statementId < this.first + this.count;
    return isPending || this.retryable.find(unit, statementId) !== undefined;
  }

  add(unit: WriteUnit, statementId: number): void {
    if (this.retryable.recordAlike === undefined) {
      this.retryable.record(unit, statementId, emptyDocument);
      return;
    }
    if (this.unit === unit && statementId === this.first + this.count) {
      this.count += 1;
      return;
    }
    this.settle(unit);
    // What a unit noted that did not come to its end is forgotten.
    this.unit = unit;
    this.first = statementId;
    this.count = 1;
  }

  settle(unit: WriteUnit): void {
    if (this.unit === unit) this.retryable.recordAlike?.(unit, this.first, this.count, emptyDocument);
    this.unit = undefined;
  }
}

/** Runs the statements of an `insert`; what is wrong with single documents is in the result. */
export function insertDocuments(context: CommandContext, request: InsertRequest): Promise<StatementResults<true>> {
  const { database, retryable } = context;
  checkWritable(database, request.collection);
  const statements = retryable === undefined ? undefined : new InsertedStatements(retryable);
  return runStatements(context, {
    count: request.documents.length,
    ordered: request.ordered,
    runInUnit: (unit, index) => {
      const statementId = request.statementId(index);
      if (statements?.has(unit, statementId) === true) return true;
      const collection = ensureCollection(unit, database, request.collection);
      insertDocument(unit, collection, request.documents[index]!, request);
      statements?.add(unit, statementId);
      return true;
    },
    endUnit: (unit) => statements?.settle(unit),
  });
}
