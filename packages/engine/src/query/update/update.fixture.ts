// Runs updates in tests: documents and updates as JavaScript, results as JavaScript with their field order checked by bytes.
import { Long, type Document } from 'bson';
import { CommandError } from '../../errors.js';
import { documentValue, type RawDocument } from '../../bson/raw-value.js';
import { encodeDocument } from '../../bson/values.js';
import { getDocumentField } from '../../bson/reader.js';
import type { QueryEnvironment } from '../environment.js';
import { compileFilter } from '../match/compile-filter.js';
import { compileUpdate } from './compile-update.js';
import type { Update } from './update.js';

/** The clock of the tests: 2024-05-01T00:00:00Z, and `Timestamp(1714521600, 7)`. */
export const testEnvironment: QueryEnvironment = {
  now_ms: 1_714_521_600_000,
  clusterTime: (1_714_521_600n << 32n) | 7n,
  variables: new Map(),
  collation: undefined,
  newObjectId: () => Buffer.from('0123456789ab0123456789ab', 'hex'),
  random: () => 0.5,
};

export interface RunOptions {
  readonly arrayFilters?: readonly Document[];
  readonly arrayIndex?: number;
}

export function compiled(update: Document | readonly Document[], options: RunOptions = {}): Update {
  const value = getDocumentField(encodeDocument({ update }), 'update')!;
  return compileUpdate(value, { arrayFilters: (options.arrayFilters ?? []).map((filter) => encodeDocument(filter)) }, testEnvironment);
}

/** The updated bytes, or the document's own where nothing changed. */
export function updatedBytes(document: RawDocument, update: Document | readonly Document[], options: RunOptions = {}): RawDocument {
  const input = { document: documentValue(document), arrayIndex: options.arrayIndex, isInsert: false };
  return compiled(update, options).apply(input) ?? document;
}

export function isNoOp(document: Document, update: Document | readonly Document[], options: RunOptions = {}): boolean {
  const input = { document: documentValue(encodeDocument(document)), arrayIndex: options.arrayIndex, isInsert: false };
  return compiled(update, options).apply(input) === undefined;
}

export function upserted(filter: Document, update: Document | readonly Document[]): RawDocument {
  return compiled(update).upsertDocument(compileFilter(encodeDocument(filter), testEnvironment));
}

/** `code: message` of the CommandError that the work throws. */
export function failureOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof CommandError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'no error';
}

export function long(value: number | bigint): Long {
  return Long.fromBigInt(BigInt(value));
}
