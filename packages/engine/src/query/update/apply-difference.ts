// Makes the document after an update from the document before it and their difference; see difference.ts for the form.
import type { RawDocument, RawValue } from '../../bson/raw-value.js';
import { documentValue } from '../../bson/raw-value.js';
import { arrayValues, elements, getField } from '../../bson/reader.js';
import { BsonType } from '../../bson/types.js';
import { arrayValue, nullValue } from '../../bson/values.js';
import { DocumentWriter } from '../../bson/writer.js';

/** `difference`: the `diff` of an oplog entry. */
export function applyDifference(before: RawDocument, difference: RawDocument): RawDocument {
  return applyToDocument(documentValue(before), documentValue(difference));
}

function applyToDocument(before: RawValue, difference: RawValue): RawDocument {
  const [removed, updated, added] = ['d', 'u', 'i'].map((section) => fieldsOf(getField(difference, section)));
  const writer = new DocumentWriter(before.end - before.start + 128);
  for (const [name, value] of elements(before)) {
    if (removed!.has(name) || added!.has(name)) continue;
    const nested = getField(difference, `s${name}`);
    if (nested === undefined) writer.append(name, updated!.get(name) ?? value);
    else if (isArrayDifference(nested)) writer.append(name, applyToArray(value, nested));
    else writer.document(name, applyToDocument(value, nested));
  }
  for (const [name, value] of added!) writer.append(name, value);
  return writer.finish();
}

function fieldsOf(section: RawValue | undefined): ReadonlyMap<string, RawValue> {
  return new Map(section === undefined ? [] : elements(section));
}

function isArrayDifference(difference: RawValue): boolean {
  return getField(difference, 'a')?.type === BsonType.bool;
}

function applyToArray(before: RawValue, difference: RawValue): RawValue {
  const values: RawValue[] = arrayValues(before);
  for (const [name, value] of elements(difference)) {
    if (name === 'a') continue;
    if (name === 'l') {
      values.length = Math.min(values.length, value.number() ?? 0);
      continue;
    }
    const index = Number(name.slice(1));
    while (values.length < index) values.push(nullValue);
    values[index] = name.startsWith('u') ? value : nestedValue(values[index], value);
  }
  return arrayValue(values);
}

function nestedValue(before: RawValue | undefined, difference: RawValue): RawValue {
  if (before === undefined) return nullValue;
  return isArrayDifference(difference) ? applyToArray(before, difference) : documentValue(applyToDocument(before, difference));
}
