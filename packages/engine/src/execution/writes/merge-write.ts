// One document of `$merge`: looked up in the target by the `on` fields, then merged, replaced, kept, inserted or refused.
// Source: the manual's page "$merge (aggregation)".
import { compileExpression } from '../../aggregation/expressions/compile-expression.js';
import type { WriteStage } from '../../aggregation/stage.js';
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { arrayValues, elements, getDocumentField } from '../../bson/reader.js';
import { BsonType } from '../../bson/types.js';
import { documentOf, nullValue } from '../../bson/values.js';
import { DocumentWriter } from '../../bson/writer.js';
import { CommandError } from '../../errors.js';
import { rebound, type QueryEnvironment } from '../../query/environment.js';
import { parsePath, valueAtPath } from '../../query/path.js';
import { compileUpdate } from '../../query/update/compile-update.js';
import { fieldDifference, smallestDifference } from '../../query/update/difference.js';
import type { Update } from '../../query/update/update.js';
import { duplicateKey } from '../../storage/duplicate-key.js';
import type { CollectionEntry, WriteUnit } from '../../storage/units.js';
import { keyFields } from '../index-view.js';
import { compileRead } from '../reads/read-query.js';
import { refuseChange } from '../catalog/time-series.js';
import { insertDocument } from './insert-documents.js';
import { matchInUnit, type MatchedRecord } from './match-records.js';
import { validateChanged } from './validator.js';

export interface MergeWrite {
  /** Throws 51183 where no unique index says that `on` names one document at most. */
  checkTarget(collection: CollectionEntry | undefined): void;
  apply(unit: WriteUnit, collection: CollectionEntry, document: RawDocument): void;
}

/** `collection`: the target, for the words of errors. */
type WhenMatched = (existing: RawDocument, incoming: RawDocument, collection: CollectionEntry) => RawDocument | undefined;

/** Top-level fields of `incoming` take the place of those of `existing`, and new ones follow. */
function mergeFields(existing: RawDocument, incoming: RawDocument): RawDocument {
  const fresh = new Map(elements(documentValue(incoming)));
  const writer = new DocumentWriter(existing.length + incoming.length);
  for (const [name, value] of elements(documentValue(existing))) {
    writer.append(name, fresh.get(name) ?? value);
    fresh.delete(name);
  }
  for (const [name, value] of fresh) writer.append(name, value);
  return writer.finish();
}

/** The incoming document with the `_id` of the one that it replaces. */
function replaceKeepingId(existing: RawDocument, incoming: RawDocument): RawDocument {
  const id = getDocumentField(existing, '_id')!;
  const given = getDocumentField(incoming, '_id');
  if (given !== undefined) return incoming;
  return documentOf([['_id', id], ...elements(documentValue(incoming))]);
}

function evaluateVariables(variables: RawDocument | undefined, incoming: RawDocument, environment: QueryEnvironment): ReadonlyMap<string, RawValue> {
  const root = documentValue(incoming);
  const values = new Map(environment.variables).set('new', root);
  if (variables === undefined) return values;
  for (const [name, value] of elements(documentValue(variables))) {
    const result = compileExpression(value, environment).evaluate({ root, current: root, variables: new Map() });
    if (result !== undefined) values.set(name, result);
  }
  return values;
}

function whenMatchedOf(mode: RawValue, variables: RawDocument | undefined, environment: QueryEnvironment): WhenMatched {
  if (mode.type === BsonType.array) {
    return (existing, incoming) => {
      const bound = rebound(environment, evaluateVariables(variables, incoming, environment));
      return compileUpdate(mode, {}, bound).apply({ document: documentValue(existing), arrayIndex: undefined, isInsert: false });
    };
  }
  switch (mode.string()) {
    case 'replace':
      return replaceKeepingId;
    case 'keepExisting':
      return () => undefined;
    case 'fail':
      return (_existing, incoming, collection) => {
        throw duplicateId(collection, incoming);
      };
    default:
      return mergeFields;
  }
}

/** A mongod inserts and meets the unique index; so the error is that of the `_id` index. */
function duplicateId({ database, name, indexes }: CollectionEntry, incoming: RawDocument): CommandError {
  const idIndex = indexes.find((index) => index.name === '_id_')!;
  return duplicateKey(`${database}.${name}`, idIndex, [getDocumentField(incoming, '_id') ?? nullValue]);
}

function onFilter(on: readonly string[], document: RawDocument): RawDocument | undefined {
  const fields: [string, RawValue][] = [];
  for (const path of on) {
    const value = valueAtPath(documentValue(document), parsePath(path));
    if (value === undefined && path === '_id') return undefined;
    if (value === undefined || value.isNullish() || value.type === BsonType.array) {
      throw new CommandError(51132, "$merge write error: 'on' field cannot be missing, null, undefined or an array");
    }
    fields.push([path, documentValueOf(value)]);
  }
  return documentOf(fields);
}

/** `{$eq: value}`: a value that looks like operators stays a value. */
function documentValueOf(value: RawValue): RawValue {
  return documentValue(documentOf([['$eq', value]]));
}

function sameId(existing: RawDocument, updated: RawDocument): boolean {
  const a = getDocumentField(existing, '_id');
  const b = getDocumentField(updated, '_id');
  return a !== undefined && b !== undefined && a.type === b.type && a.slice().equals(b.slice());
}

function hasUniqueIndex({ indexes }: CollectionEntry, on: readonly string[]): boolean {
  return indexes.some(({ unique, partialFilterExpression, key, name }) => {
    const paths = keyFields(key).map(({ path }) => path);
    return (unique || name === '_id_') && partialFilterExpression === undefined && paths.length === on.length && on.every((path) => paths.includes(path));
  });
}

/** What a merge changed, as the oplog tells it. */
function differenceOf(mode: RawValue): Update['difference'] {
  if (mode.type === BsonType.array) return smallestDifference;
  return mode.string() === 'merge' ? fieldDifference : () => undefined;
}

export function compileMergeWrite(write: WriteStage, environment: QueryEnvironment, bypassValidation: boolean): MergeWrite {
  const named = arrayValues(getDocumentField(write.specification, 'on')!).map((name) => name.string());
  const on = named.length === 0 ? ['_id'] : named;
  const mode = getDocumentField(write.specification, 'whenMatched')!;
  const difference = differenceOf(mode);
  const whenMatched = whenMatchedOf(mode, getDocumentField(write.specification, 'let')?.document(), environment);
  const whenNotMatched = getDocumentField(write.specification, 'whenNotMatched')!.string();
  const find = (unit: WriteUnit, collection: CollectionEntry, document: RawDocument): MatchedRecord | undefined => {
    const filter = onFilter(on, document);
    return filter === undefined ? undefined : matchInUnit(unit, collection, compileRead({ filter, limit: 1 }, environment), false)?.[0];
  };
  return {
    checkTarget: (collection) => {
      if (collection !== undefined) refuseChange(collection);
      const isVerified = collection === undefined ? on.length === 1 && on[0] === '_id' : hasUniqueIndex(collection, on);
      if (!isVerified) throw new CommandError(51183, 'Cannot find index to verify that join fields will be unique');
    },
    apply: (unit, collection, document) => {
      const existing = find(unit, collection, document);
      if (existing === undefined) {
        if (whenNotMatched === 'fail') throw new CommandError(13113, '$merge could not find a matching document in the target collection for at least one document in the source collection');
        if (whenNotMatched === 'insert') insertDocument(unit, collection, document, { bypassValidation, environment });
        return;
      }
      const updated = whenMatched(existing.document, document, collection);
      if (updated === undefined || updated.equals(existing.document)) return;
      if (!sameId(existing.document, updated)) throw new CommandError('ImmutableField', "$merge failed to update the matching document, did you attempt to modify the _id or the shard key? :: caused by :: Performing an update on the path '_id' would modify the immutable field '_id'");
      if (!bypassValidation) validateChanged(collection, existing.document, updated);
      unit.replace(collection, existing.recordId, existing.document, updated, difference(existing.document, updated));
    },
  };
}
