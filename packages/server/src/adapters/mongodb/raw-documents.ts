// Documents as bytes (bsonspec.org): reading single fields out of them, and putting them together.
import { BSON } from 'mongodb';

const types = { string: 2, document: 3 } as const;

interface Element {
  readonly type: number;
  /** With the type and the name. */
  readonly bytes: Uint8Array;
  readonly value: Uint8Array;
}

/** The top-level fields of a document, by name. */
export function elementsOf(document: Uint8Array): ReadonlyMap<string, Element> {
  const found = new Map<string, Element>();
  for (const [type, nameOffset, nameLength, offset, length] of BSON.onDemand.parseToElements(document)) {
    const name = Buffer.from(document.buffer, document.byteOffset + nameOffset, nameLength).toString('utf8');
    found.set(name, { type, bytes: document.subarray(nameOffset - 1, offset + length), value: document.subarray(offset, offset + length) });
  }
  return found;
}

/** Undefined: the field is not there, or no document. */
export function documentAt(elements: ReadonlyMap<string, Element>, name: string): Uint8Array | undefined {
  const element = elements.get(name);
  return element?.type === types.document ? element.value : undefined;
}

/** Undefined: the field is not there, or no string. */
export function stringAt(elements: ReadonlyMap<string, Element>, name: string): string | undefined {
  const element = elements.get(name);
  // A length, the text, and a zero.
  return element?.type === types.string ? Buffer.from(element.value.buffer, element.value.byteOffset + 4, element.value.length - 5).toString('utf8') : undefined;
}

function assemble(parts: readonly Uint8Array[]): Uint8Array {
  const length = 4 + parts.reduce((sum, part) => sum + part.length, 0) + 1;
  const bytes = Buffer.allocUnsafe(length);
  bytes.writeInt32LE(length, 0);
  let at = 4;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  bytes[at] = 0;
  return bytes;
}

/** A document with nothing but the `_id` of this one; throws where it has none. */
export function idOf(document: Uint8Array): Uint8Array {
  const id = elementsOf(document).get('_id');
  if (id === undefined) throw new Error('a document has no _id');
  return assemble([id.bytes]);
}

function named(type: number, name: string, value: Uint8Array): Uint8Array[] {
  return [Buffer.from([type]), Buffer.from(`${name}\0`, 'utf8'), value];
}

const upsert = Buffer.concat([Buffer.from([8]), Buffer.from('upsert\0'), Buffer.from([1])]);
const limitOfOne = Buffer.concat([Buffer.from([16]), Buffer.from('limit\0'), Buffer.from([1, 0, 0, 0])]);

/** A statement of the `update` command that puts the document in the place of the one with this id, whether it is there or not. */
export function replaceStatement(id: Uint8Array, document: Uint8Array): Uint8Array {
  return assemble([...named(types.document, 'q', id), ...named(types.document, 'u', document), upsert]);
}

/** A statement of the `delete` command. */
export function deleteStatement(id: Uint8Array): Uint8Array {
  return assemble([...named(types.document, 'q', id), limitOfOne]);
}

/** The same document with its top-level fields in the order of their names. */
export function inOrderOfNames(document: Uint8Array): Uint8Array {
  return assemble([...elementsOf(document)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { bytes }]) => bytes));
}

/** The documents' bytes as documents that BSON types keep their types in; for what is small. */
export function typed(bytes: Uint8Array): BSON.Document {
  return BSON.deserialize(bytes, { promoteValues: false });
}
