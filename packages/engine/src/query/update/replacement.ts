// Replacement of a whole document: by a replacement update, and by what a pipeline update made of it.
// Source: the manual's page "db.collection.replaceOne()".
import { CommandError } from '../../errors.js';
import { valuesEqual } from '../../bson/compare.js';
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { ElementReader, getDocumentField, getField } from '../../bson/reader.js';
import { DocumentWriter } from '../../bson/writer.js';
import { describeElement } from './field-operator.js';
import { dollarPrefixed } from './immutable-fields.js';
import { exceedsDepth, maxStoredDepth, tooDeep } from './depth.js';

/** Throws where a replacement document has a top-level name that begins with `$`. */
export function assertReplacement(replacement: RawDocument): void {
  const reader = new ElementReader(replacement);
  while (reader.next()) {
    if (replacement[reader.nameStart] === 0x24) throw dollarPrefixed(reader.name());
  }
}

/**
 * `replacement` in the place of `original`, whose `_id` it keeps, in front. Undefined where it is the same bytes.
 * Throws ImmutableField (66) where it brings another `_id`.
 */
export function replaceDocument(original: RawValue, replacement: RawDocument): RawDocument | undefined {
  if (original.slice().equals(replacement)) return undefined;
  if (exceedsDepth(documentValue(replacement), maxStoredDepth)) throw tooDeep();
  const oldId = getField(original, '_id');
  const newId = getDocumentField(replacement, '_id');
  if (oldId === undefined) return replacement;
  if (newId === undefined) {
    return new DocumentWriter().append('_id', oldId).appendElements(replacement, 4, replacement.length - 1).finish();
  }
  if (!valuesEqual(oldId, newId)) {
    const words = "After applying the update, the (immutable) field '_id' was found to have been altered to";
    throw new CommandError('ImmutableField', `${words} ${describeElement('_id', newId)}`);
  }
  return replacement;
}
