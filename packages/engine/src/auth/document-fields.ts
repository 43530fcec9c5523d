// Replaces fields of a document and keeps all others byte by byte, in their order.
import { ElementReader, getDocumentField } from '../bson/reader.js';
import { documentValue, type RawDocument, type RawValue } from '../bson/raw-value.js';
import { encodeDocument } from '../bson/values.js';
import { DocumentWriter } from '../bson/writer.js';

/** New values by field; null takes the field away. */
export type FieldChanges = Readonly<Record<string, RawValue | null>>;

export function withFields(document: RawDocument, changes: FieldChanges): RawDocument {
  const writer = new DocumentWriter();
  const reader = ElementReader.of(documentValue(document));
  const replaced = new Set<string>();
  while (reader.next()) {
    const name = reader.name();
    const change = Object.hasOwn(changes, name) ? changes[name] : undefined;
    if (change === undefined) writer.append(name, reader.value());
    else if (change !== null) writer.append(name, change);
    replaced.add(name);
  }
  for (const [name, value] of Object.entries(changes)) {
    if (value !== null && !replaced.has(name)) writer.append(name, value);
  }
  return writer.finish();
}

/** A JavaScript value as a BSON value, through the official serializer. */
export function valueOf(value: unknown): RawValue {
  const encoded = getDocumentField(encodeDocument({ value }), 'value');
  if (encoded === undefined) throw new TypeError('undefined has no BSON value');
  return encoded;
}
