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
import { isIdKey } from './index-key-rules.js';
import type { IndexDefinition } from './index-specification.js';

function refuse(code: ErrorName, message: string): never {
  throw new CommandError(code, message);
}

function sameFilter(a: RawDocument | undefined, b: RawDocument | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return compareValues(documentValue(a), documentValue(b)) === 0;
}

/** Indexes of one key and two collations, or two wildcard projections, are two indexes. */
function sameKind(a: IndexDefinition, b: IndexDefinition): boolean {
  return ['collation', 'wildcardProjection'].every((name) => {
    const [left, right] = [a, b].map(({ options }) => getDocumentField(options, name));
    return left === undefined || right === undefined ? left === right : compareValues(left, right) === 0;
  });
}

function isEquivalent(a: IndexDefinition, b: IndexDefinition): boolean {
  return a.unique === b.unique && a.sparse === b.sparse && sameFilter(a.partialFilterExpression, b.partialFilterExpression);
}

function sameOptions(a: IndexDefinition, b: IndexDefinition): boolean {
  return isEquivalent(a, b) && a.expireAfterSeconds === b.expireAfterSeconds;
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
  const sameKey = indexes.filter((index) => sameKeyPattern(index.key, wanted.key) && sameKind(index, wanted));
  const equal = sameKey.find((index) => sameOptions(index, wanted));
  // The same in all that tells indexes of one key apart.
  const clashing = sameKey.find((index) => isEquivalent(index, wanted));
  if (byName !== undefined) {
    if (byName === equal) return true;
    if (byName === clashing) refuse('IndexOptionsConflict', `An equivalent index already exists with the same name but different options. Requested index: ${describeIndex(wanted)}, existing index: ${describeIndex(byName)}`);
    const words = `An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Please refer to our documentation. Requested index: ${describeIndex(wanted)}, existing index: ${describeIndex(byName)}`;
    refuse('IndexKeySpecsConflict', words);
  }
  if (equal !== undefined) refuse('IndexOptionsConflict', `Index already exists with a different name: ${equal.name}`);
  if (clashing !== undefined) refuse('IndexOptionsConflict', `An equivalent index already exists with a different name and options. Requested index: ${describeIndex(wanted)}, existing index: ${describeIndex(clashing)}`);
  return false;
}
