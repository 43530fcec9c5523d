// Sets or removes one dotted path of a document; everything around it is copied as bytes.
import { BsonType } from '../../bson/types.js';
import { ElementReader } from '../../bson/reader.js';
import { DocumentWriter, emptyDocument } from '../../bson/writer.js';
import type { RawDocument, RawValue } from '../../bson/raw-value.js';

/**
 * The document with `value` at the path, in the place of what stood there, or behind everything where nothing did;
 * undefined removes. A value on the way that is no document is replaced by one.
 */
export function setPath(document: RawDocument, path: readonly string[], value: RawValue | undefined): RawDocument {
  const writer = new DocumentWriter(document.length + 64);
  writeSet(writer, document, 0, path, 0, value);
  return writer.finish();
}

function writeSet(writer: DocumentWriter, bytes: Buffer, start: number, path: readonly string[], depth: number, value: RawValue | undefined): void {
  const name = path[depth]!;
  const encoded = Buffer.from(name, 'utf8');
  const reader = new ElementReader(bytes, start);
  let copiedTo = start + 4;
  let isFound = false;
  while (reader.next()) {
    if (isFound || !reader.nameEquals(encoded)) continue;
    isFound = true;
    writer.appendElements(bytes, copiedTo, reader.nameStart - 1);
    copiedTo = reader.valueEnd;
    writeField(writer, name, reader.value(), path, depth, value);
  }
  writer.appendElements(bytes, copiedTo, start + bytes.readInt32LE(start) - 1);
  if (!isFound) writeField(writer, name, undefined, path, depth, value);
}

function writeField(writer: DocumentWriter, name: string, existing: RawValue | undefined, path: readonly string[], depth: number, value: RawValue | undefined): void {
  if (depth === path.length - 1) {
    if (value !== undefined) writer.append(name, value);
    return;
  }
  if (existing === undefined && value === undefined) return;
  const inside = existing?.type === BsonType.object ? existing : undefined;
  writer.openDocument(name);
  writeSet(writer, inside?.bytes ?? emptyDocument, inside?.start ?? 0, path, depth + 1, value);
  writer.close();
}
