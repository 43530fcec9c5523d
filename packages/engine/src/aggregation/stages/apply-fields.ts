// Writes a document with a tree of computed fields: existing ones keep their place, new ones follow in their order.
import { BsonType } from '../../bson/types.js';
import { ElementReader } from '../../bson/reader.js';
import { DocumentWriter, emptyDocument } from '../../bson/writer.js';
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import type { Expression, Scope } from '../expression.js';
import { documentScope } from '../expressions/compile-context.js';
import type { FieldTree } from './field-tree.js';

/** Makes the function that adds the fields; names are encoded once. */
export function compileFieldWriter(tree: FieldTree): (document: RawDocument) => RawDocument {
  const level = encodeLevel(tree);
  return (document) => {
    const root = documentValue(document);
    const writer = new DocumentWriter(document.length + 128);
    writeLevel(writer, document, 0, level, documentScope(root));
    return writer.finish();
  };
}

interface Field {
  readonly name: string;
  readonly encoded: Buffer;
  readonly expression: Expression | undefined;
  readonly nested: Level | undefined;
}

type Level = readonly Field[];

function encodeLevel(tree: FieldTree): Level {
  return [...tree].map(([name, node]) => ({
    name,
    encoded: Buffer.from(name, 'utf8'),
    expression: node.kind === 'computed' ? node.expression : undefined,
    nested: node.kind === 'nested' ? encodeLevel(node.fields) : undefined,
  }));
}

function writeLevel(writer: DocumentWriter, bytes: Buffer, start: number, level: Level, scope: Scope): void {
  const reader = new ElementReader(bytes, start);
  const written = new Set<Field>();
  let copiedTo = start + 4;
  while (reader.next()) {
    const field = level.find((candidate) => reader.nameEquals(candidate.encoded));
    if (field === undefined || written.has(field)) continue;
    written.add(field);
    writer.appendElements(bytes, copiedTo, reader.nameStart - 1);
    copiedTo = reader.valueEnd;
    writeField(writer, field.name, field, reader.value(), scope);
  }
  writer.appendElements(bytes, copiedTo, start + bytes.readInt32LE(start) - 1);
  for (const field of level) {
    if (!written.has(field)) writeField(writer, field.name, field, undefined, scope);
  }
}

function writeField(writer: DocumentWriter, name: string, field: Field, existing: RawValue | undefined, scope: Scope): void {
  if (field.nested !== undefined) {
    writeNested(writer, name, field.nested, existing, scope);
    return;
  }
  const value = field.expression?.evaluate(scope);
  if (value !== undefined) writer.append(name, value);
}

/** A nested path goes into every element of an array; what is neither document nor array gives way to a document. */
function writeNested(writer: DocumentWriter, name: string, level: Level, existing: RawValue | undefined, scope: Scope): void {
  if (existing?.type === BsonType.array) {
    writer.openArray(name);
    const reader = ElementReader.of(existing);
    while (reader.next()) writeNested(writer, reader.name(), level, reader.value(), scope);
    writer.close();
    return;
  }
  const inside = existing?.type === BsonType.object ? existing : undefined;
  writer.openDocument(name);
  writeLevel(writer, inside?.bytes ?? emptyDocument, inside?.start ?? 0, level, scope);
  writer.close();
}
