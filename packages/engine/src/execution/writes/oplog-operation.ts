// One entry of an oplog, as `applyOps` is given it, and the change of a document that it tells of. Entries may come again: an insert
// replaces what is there, a delete of nothing is done. Source: the manual's pages "Replica Set Oplog" and "applyOps".
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { elements, getDocumentField } from '../../bson/reader.js';
import { BsonType } from '../../bson/types.js';
import { documentOf } from '../../bson/values.js';
import { CommandError } from '../../errors.js';
import type { QueryEnvironment } from '../../query/environment.js';
import { applyDifference } from '../../query/update/apply-difference.js';
import { compileUpdate } from '../../query/update/compile-update.js';
import { prepareInsert } from '../../query/update/stored-document.js';
import type { CollectionEntry, RecordId, WriteUnit } from '../../storage/units.js';
import { checkWritable, writeTarget } from './write-target.js';

export interface OplogOperation {
  /** Insert, update, delete, command, and what changes nothing. */
  readonly op: 'i' | 'u' | 'd' | 'c' | 'n';
  readonly database: string;
  readonly collection: string;
  readonly o: RawDocument;
  readonly o2: RawDocument | undefined;
  readonly isUpsert: boolean;
}

const kinds: ReadonlySet<string> = new Set<OplogOperation['op']>(['i', 'u', 'd', 'c', 'n']);
/** Transactions are entries within entries; MongoDB lets them be so deep. */
const maxDepth = 10;

function textOf(entry: RawDocument, name: string): string {
  const value = getDocumentField(entry, name);
  if (value === undefined) throw new CommandError('Location40414', `BSON field 'OplogEntryBase.${name}' is missing but a required field`);
  if (value.type !== BsonType.string) throw new CommandError('TypeMismatch', `BSON field 'OplogEntryBase.${name}' is the wrong type, expected type 'string'`);
  return value.string();
}

function objectOf(entry: RawDocument, name: string): RawDocument | undefined {
  const value = getDocumentField(entry, name);
  if (value === undefined) return undefined;
  if (value.type !== BsonType.object) throw new CommandError('TypeMismatch', `BSON field 'OplogEntryBase.${name}' is the wrong type, expected type 'object'`);
  return value.document();
}

/** Throws 40414, TypeMismatch and FailedToParse. */
function parseOperation(value: RawValue): OplogOperation {
  if (value.type !== BsonType.object) throw new CommandError('FailedToParse', 'op not an object');
  const entry = value.document();
  const op = textOf(entry, 'op');
  if (!kinds.has(op)) throw new CommandError('BadValue', `Enumeration value '${op}' for field 'OplogEntryBase.op' is not a valid value.`);
  const namespace = textOf(entry, 'ns');
  const dot = namespace.indexOf('.');
  const o = objectOf(entry, 'o');
  if (o === undefined) throw new CommandError('Location40414', "BSON field 'OplogEntryBase.o' is missing but a required field");
  if (dot <= 0 && op !== 'n') throw new CommandError('InvalidNamespace', `invalid ns: ${namespace}`);
  return {
    op: op as OplogOperation['op'], o,
    database: namespace.slice(0, Math.max(dot, 0)),
    collection: namespace.slice(dot + 1),
    o2: objectOf(entry, 'o2'),
    isUpsert: getDocumentField(entry, 'b')?.boolean() === true,
  };
}

/** The entries, those of transactions in the place of the transaction. */
export function parseOperations(entries: Iterable<RawValue>, depth = 0): OplogOperation[] {
  if (depth > maxDepth) throw new CommandError('FailedToParse', 'Too many nested applyOps');
  const operations: OplogOperation[] = [];
  for (const entry of entries) {
    const operation = parseOperation(entry);
    const nested = operation.op === 'c' ? getDocumentField(operation.o, 'applyOps') : undefined;
    if (nested?.type === BsonType.array) operations.push(...parseOperations([...elements(nested)].map(([, each]) => each), depth + 1));
    else operations.push(operation);
  }
  return operations;
}

function idOf(document: RawDocument | undefined): RawValue {
  const id = document === undefined ? undefined : getDocumentField(document, '_id');
  if (id === undefined) throw new CommandError('NoSuchKey', 'Failed to apply operation due to missing _id');
  return id;
}

function stored(unit: WriteUnit, collection: CollectionEntry, id: RawValue): { readonly recordId: RecordId; readonly before: RawDocument } | undefined {
  const recordId = unit.recordIdOf(collection, id);
  const before = recordId === undefined ? undefined : unit.record(collection, recordId);
  return recordId === undefined || before === undefined ? undefined : { recordId, before };
}

function put(unit: WriteUnit, collection: CollectionEntry, document: RawDocument, environment: QueryEnvironment): void {
  const prepared = prepareInsert(document, environment);
  const existing = stored(unit, collection, idOf(prepared));
  if (existing === undefined) unit.insert(collection, prepared);
  else unit.replace(collection, existing.recordId, existing.before, prepared);
}

/** `{$v: 2, diff}` of the oplog; operators, which older ones have instead; or the whole new document, which is undefined here. */
function changed(before: RawDocument, o: RawDocument, environment: QueryEnvironment): RawDocument | undefined {
  const difference = getDocumentField(o, 'diff');
  if (getDocumentField(o, '$v')?.number() === 2 && difference?.type === BsonType.object) return applyDifference(before, difference.document());
  const fields = [...elements(documentValue(o))].filter(([name]) => name !== '$v');
  if (fields[0]?.[0].startsWith('$') !== true) return undefined;
  const update = compileUpdate(documentValue(documentOf(fields)), {}, environment);
  return update.apply({ document: documentValue(before), arrayIndex: undefined, isInsert: false }) ?? before;
}

function isWhole(o: RawDocument): boolean {
  return [...elements(documentValue(o))][0]?.[0].startsWith('$') !== true;
}

function update(unit: WriteUnit, collection: CollectionEntry, { o, o2, isUpsert }: OplogOperation, environment: QueryEnvironment): void {
  const existing = stored(unit, collection, idOf(o2));
  if (existing === undefined) {
    if (!isUpsert || !isWhole(o)) throw new CommandError('NoMatchingDocument', 'Failed to apply update: there is no such document');
    put(unit, collection, documentOf([['_id', idOf(o2)], ...[...elements(documentValue(o))].filter(([name]) => name !== '_id')]), environment);
    return;
  }
  const after = changed(existing.before, o, environment) ?? documentOf([['_id', idOf(o2)], ...[...elements(documentValue(o))].filter(([name]) => name !== '_id')]);
  if (!after.equals(existing.before)) unit.replace(collection, existing.recordId, existing.before, after);
}

/** Makes the change of an insert, update or delete. Throws NamespaceNotFound where the collection is not there. */
export function applyToDocuments(unit: WriteUnit, operation: OplogOperation, environment: QueryEnvironment, alwaysUpsert: boolean): void {
  const { op, database, collection: name, o } = operation;
  checkWritable(database, name);
  const collection = writeTarget(unit, database, name);
  if (collection === undefined) throw new CommandError('NamespaceNotFound', `Failed to apply operation due to missing collection ${database}.${name}`);
  if (op === 'i') {
    put(unit, collection, o, environment);
  } else if (op === 'u') {
    update(unit, collection, alwaysUpsert ? { ...operation, isUpsert: true } : operation, environment);
  } else {
    const existing = stored(unit, collection, idOf(o));
    if (existing !== undefined) unit.remove(collection, existing.recordId, existing.before);
  }
}
