// Replaces arrays at a path of a document: what find's `$slice` and positional `$` do to the projected document.
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { ElementReader } from '../../bson/reader.js';
import { BsonType } from '../../bson/types.js';
import { DocumentWriter } from '../../bson/writer.js';

export type ArrayChange = (array: RawValue) => RawValue;

/** Which arrays of a path are changed: those at its end (`$slice`), or the first that is met (positional `$`). */
export type ArrayChoice = 'at-end' | 'first-met';

/** The document with the chosen arrays changed; the same document where there is none. */
export function rewriteArrays(document: RawDocument, names: readonly string[], choice: ArrayChoice, change: ArrayChange): RawDocument {
  const writer = new DocumentWriter(document.length);
  rewriteFields(writer, documentValue(document), { names: names.map((name) => Buffer.from(name, 'utf8')), choice, change }, 0);
  return writer.finish();
}

interface Rewriting {
  readonly names: readonly Buffer[];
  readonly choice: ArrayChoice;
  readonly change: ArrayChange;
}

function rewriteFields(writer: DocumentWriter, document: RawValue, rewriting: Rewriting, depth: number): void {
  const reader = ElementReader.of(document);
  let runStart = document.start + 4;
  while (reader.next()) {
    if (!reader.nameEquals(rewriting.names[depth]!)) continue;
    writer.appendElements(document.bytes, runStart, reader.nameStart - 1);
    runStart = reader.valueEnd;
    rewriteValue(writer, reader.name(), reader.value(), rewriting, depth + 1);
  }
  writer.appendElements(document.bytes, runStart, document.start + document.bytes.readInt32LE(document.start) - 1);
}

/** `depth`: how many names lead to this value. */
function rewriteValue(writer: DocumentWriter, name: string, value: RawValue, rewriting: Rewriting, depth: number): void {
  const isAtEnd = depth === rewriting.names.length;
  if (value.type === BsonType.array && (isAtEnd || rewriting.choice === 'first-met')) {
    writer.append(name, rewriting.change(value));
  } else if (!isAtEnd && value.type === BsonType.object) {
    writer.openDocument(name);
    rewriteFields(writer, value, rewriting, depth);
    writer.close();
  } else if (!isAtEnd && value.type === BsonType.array) {
    writer.openArray(name);
    const reader = ElementReader.of(value);
    while (reader.next()) rewriteValue(writer, reader.name(), reader.value(), rewriting, depth);
    writer.close();
  } else {
    writer.append(name, value);
  }
}
