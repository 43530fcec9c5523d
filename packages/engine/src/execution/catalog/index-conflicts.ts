// Whether an index that is asked for is there already, or clashes with one that is.
// Source: the manual's "createIndexes", Considerations.
import { compareValues } from '../../bson/compare.js';
import { documentValue, type RawDocument } from '../../bson/raw-value.js';
import { getDocumentField } from '../../bson/reader.js';
import { describeValue } from '../../aggregation/describe-value.js';
import { CommandError, type ErrorName } from '../../errors.js';
import type { IndexEntry } from '../../storage/units.js';
import { sameKeyPattern } from '../hint.js';
import { printIndex } from './index-printing.js';
import { isIdKey, type IndexDefinition } from './index-specification.js';

function refuse(code: ErrorName, message: string): never {
  throw new CommandError(code, message);
}

function sameFilter(a: RawDocument | undefined, b: RawDocument | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return compareValues(documentValue(a), documentValue(b)) === 0;
}

/** Indexes of one key and two collations are two indexes. */
function sameCollation(a: IndexDefinition, b: IndexDefinition): boolean {
  const [left, right] = [a, b].map(({ options }) => getDocumentField(options, 'collation'));
  return left === undefined || right === undefined ? left === right : compareValues(left, right) === 0;
}

function sameOptions(a: IndexDefinition, b: IndexDefinition): boolean {
  return a.unique === b.unique && a.sparse === b.sparse && sameFilter(a.partialFilterExpression, b.partialFilterExpression) && a.expireAfterSeconds === b.expireAfterSeconds;
}

function describeIndex(index: IndexDefinition): string {
  return describeValue(documentValue(printIndex(index)));
}

/**
 * Whether the index is there already. Throws IndexOptionsConflict (85) and IndexKeySpecsConflict (86) where one of that name
 * or key is there and is another one.
 */
export function isExistingIndex(wanted: IndexDefinition, indexes: readonly IndexEntry[]): boolean {
  if (isIdKey(wanted.key)) return true;
  const byName = indexes.find(({ name }) => name === wanted.name);
  const sameKey = indexes.filter((index) => sameKeyPattern(index.key, wanted.key) && sameCollation(index, wanted));
  const equal = sameKey.find((index) => sameOptions(index, wanted));
  if (byName !== undefined) {
    if (byName === equal) return true;
    const words = `An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Please refer to our documentation. Requested index: ${describeIndex(wanted)}, existing index: ${describeIndex(byName)}`;
    refuse('IndexKeySpecsConflict', words);
  }
  if (equal !== undefined) refuse('IndexOptionsConflict', `Index already exists with a different name: ${equal.name}`);
  const clashing = sameKey.find((index) => sameFilter(index.partialFilterExpression, wanted.partialFilterExpression) && index.unique === wanted.unique && index.sparse === wanted.sparse);
  if (clashing !== undefined) refuse('IndexOptionsConflict', `An equivalent index already exists with a different name and options. Requested index: ${describeIndex(wanted)}, existing index: ${describeIndex(clashing)}`);
  return false;
}
