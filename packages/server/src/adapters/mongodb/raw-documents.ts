// Documents as bytes (bsonspec.org): reading single fields out of them, and putting them together.
import { BSON } from 'mongodb';

const types = { string: 2, document: 3, array: 4 } as const;
/** Keeps the types of values, so that what is written again is what was read. */
const exactly = { promoteValues: false, promoteLongs: false, promoteBuffers: false, bsonRegExp: true } as const;

const none = new Uint8Array();

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

/** The same document, byte for byte, with these fields behind the others, in place of those of the same names. */
export function withFields(document: Uint8Array, fields: BSON.Document): Uint8Array {
  const added = elementsOf(BSON.serialize(fields));
  const kept = [...elementsOf(document)].filter(([name]) => !added.has(name));
  return assemble([...kept, ...added].map(([, { bytes }]) => bytes));
}

function valueOf({ type, bytes, value }: Element): unknown {
  if (type === types.document) return valuesOf(value);
  if (type === types.array) return [...valuesOf(value).values()];
  return Object.values(BSON.deserialize(assemble([bytes]), exactly))[0];
}

/** The values of a document, which the driver writes again as they were: documents are maps, since an object has numeric names before all others. */
export function valuesOf(document: Uint8Array): ReadonlyMap<string, unknown> {
  return new Map([...elementsOf(document)].map(([name, element]) => [name, valueOf(element)]));
}

/** The names of the top-level fields that are not the same, byte for byte, in both. */
export function differingFields(one: Uint8Array, other: Uint8Array): readonly string[] {
  const [here, there] = [elementsOf(one), elementsOf(other)];
  const isSame = (name: string): boolean => Buffer.compare(here.get(name)?.bytes ?? none, there.get(name)?.bytes ?? none) === 0;
  return [...new Set([...here.keys(), ...there.keys()])].filter((name) => !isSame(name));
}
