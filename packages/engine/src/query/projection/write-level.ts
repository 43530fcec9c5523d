// Applies a projection's tree: what stays is copied in runs of whole elements, so that untouched bytes stay untouched.
import type { Expression, Scope } from '../../aggregation/expression.js';
import type { RawValue } from '../../bson/raw-value.js';
import { ElementReader } from '../../bson/reader.js';
import { BsonType } from '../../bson/types.js';
import type { DocumentWriter } from '../../bson/writer.js';
import type { ProjectionTree } from './projection-tree.js';

interface Field {
  readonly name: string;
  readonly encoded: Buffer;
  readonly kind: 'include' | 'exclude' | 'computed' | 'nested';
  readonly expression: Expression | undefined;
  readonly level: Level | undefined;
}

/** One level of names with their bytes made ready. */
export interface Level {
  readonly fields: readonly Field[];
  /** Fields that are written after what the document has: computed ones, and nested ones with computed ones in them. */
  readonly added: readonly Field[];
}

export function compileLevel(tree: ProjectionTree): Level {
  const fields = [...tree].map(
    ([name, node]): Field => ({
      name,
      encoded: Buffer.from(name, 'utf8'),
      kind: node.kind,
      expression: node.kind === 'computed' ? node.expression : undefined,
      level: node.kind === 'nested' ? compileLevel(node.children) : undefined,
    }),
  );
  return { fields, added: fields.filter(({ expression, level }) => expression !== undefined || (level?.added.length ?? 0) > 0) };
}

function findField(level: Level, reader: ElementReader): Field | undefined {
  const { fields } = level;
  for (let i = 0; i < fields.length; i += 1) if (reader.nameEquals(fields[i]!.encoded)) return fields[i];
  return undefined;
}

/** Writes the fields of the document that the level includes, then those it computes. `document` undefined: only the latter. */
export function writeIncluded(writer: DocumentWriter, document: RawValue | undefined, level: Level, scope: Scope): void {
  const written = level.added.length === 0 ? undefined : new Set<Field>();
  if (document !== undefined) copyIncluded(writer, document, level, scope, written);
  for (const field of level.added) {
    if (field.expression !== undefined) {
      const value = field.expression.evaluate(scope);
      if (value !== undefined) writer.append(field.name, value);
    } else if (written?.has(field) !== true) {
      writer.openDocument(field.name);
      writeIncluded(writer, undefined, field.level!, scope);
      writer.close();
    }
  }
}

function copyIncluded(writer: DocumentWriter, document: RawValue, level: Level, scope: Scope, written: Set<Field> | undefined): void {
  const reader = ElementReader.of(document);
  let runStart = -1;
  let runEnd = -1;
  const flush = (): void => {
    if (runStart >= 0) writer.appendElements(document.bytes, runStart, runEnd);
    runStart = -1;
  };
  while (reader.next()) {
    const field = findField(level, reader);
    if (field?.kind === 'include') {
      if (runStart < 0) runStart = reader.nameStart - 1;
      runEnd = reader.valueEnd;
      continue;
    }
    flush();
    if (field?.level !== undefined && includeNested(writer, field.name, reader.value(), field.level, scope)) written?.add(field);
  }
  flush();
}

/** A nested path goes into documents and arrays; other values are left out. Whether something was written. */
function includeNested(writer: DocumentWriter, name: string, value: RawValue, level: Level, scope: Scope): boolean {
  if (value.type === BsonType.object) {
    writer.openDocument(name);
    writeIncluded(writer, value, level, scope);
    writer.close();
    return true;
  }
  if (value.type !== BsonType.array) return false;
  writer.openArray(name);
  const reader = ElementReader.of(value);
  for (let index = 0; reader.next(); ) {
    if (includeNested(writer, String(index), reader.value(), level, scope)) index += 1;
    else if (level.added.length > 0) {
      writer.openDocument(String(index));
      writeIncluded(writer, undefined, level, scope);
      writer.close();
      index += 1;
    }
  }
  writer.close();
  return true;
}

/** Writes all fields of the document but those the level excludes; computed ones (`$elemMatch`) take the place of the old ones. */
export function writeRemaining(writer: DocumentWriter, document: RawValue, level: Level, scope: Scope): void {
  const reader = ElementReader.of(document);
  let runStart = document.start + 4;
  while (reader.next()) {
    const field = findField(level, reader);
    if (field === undefined || field.kind === 'include') continue;
    writer.appendElements(document.bytes, runStart, reader.nameStart - 1);
    runStart = reader.valueEnd;
    writeChanged(writer, field, reader.value(), scope);
  }
  writer.appendElements(document.bytes, runStart, document.start + document.bytes.readInt32LE(document.start) - 1);
}

function writeChanged(writer: DocumentWriter, field: Field, value: RawValue, scope: Scope): void {
  if (field.level !== undefined) {
    writeNestedRemaining(writer, field.name, value, field.level, scope);
    return;
  }
  const computed = field.expression?.evaluate(scope);
  if (computed !== undefined) writer.append(field.name, computed);
}

function writeNestedRemaining(writer: DocumentWriter, name: string, value: RawValue, level: Level, scope: Scope): void {
  if (value.type === BsonType.object) {
    writer.openDocument(name);
    writeRemaining(writer, value, level, scope);
    writer.close();
    return;
  }
  if (value.type !== BsonType.array) {
    writer.append(name, value);
    return;
  }
  writer.openArray(name);
  const reader = ElementReader.of(value);
  while (reader.next()) writeNestedRemaining(writer, reader.name(), reader.value(), level, scope);
  writer.close();
}
