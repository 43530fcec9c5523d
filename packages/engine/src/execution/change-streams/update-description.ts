// `updateDescription` of a change event, from the difference in the oplog (see query/update/difference.ts for its form).
// Source: the manual's page "update Event".
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { elements, getField } from '../../bson/reader.js';
import { BsonType } from '../../bson/types.js';
import type { DocumentWriter } from '../../bson/writer.js';

type PathPart = string | number;

interface Description {
  readonly updated: { readonly path: readonly PathPart[]; readonly value: RawValue }[];
  readonly removed: (readonly PathPart[])[];
  readonly truncated: { readonly path: readonly PathPart[]; readonly newSize: number }[];
}

/** `withPaths`: tells besides which dotted names are ambiguous (`disambiguatedPaths`). */
export function writeUpdateDescription(writer: DocumentWriter, difference: RawDocument, withPaths: boolean): void {
  const description: Description = { updated: [], removed: [], truncated: [] };
  readDocument(documentValue(difference), [], description);
  const { updated, removed, truncated } = description;
  writer.openDocument('updateDescription').openDocument('updatedFields');
  for (const { path, value } of updated) writer.append(path.join('.'), value);
  writer.close().openArray('removedFields');
  removed.forEach((path, index) => writer.string(String(index), path.join('.')));
  writer.close().openArray('truncatedArrays');
  truncated.forEach(({ path, newSize }, index) => writer.openDocument(String(index)).string('field', path.join('.')).int32('newSize', newSize).close());
  writer.close();
  if (withPaths) writeAmbiguousPaths(writer, [...updated.map(({ path }) => path), ...removed, ...truncated.map(({ path }) => path)]);
  writer.close();
}

function readDocument(difference: RawValue, path: readonly PathPart[], description: Description): void {
  for (const [section, content] of elements(difference)) {
    if (section === 'd') for (const [name] of elements(content)) description.removed.push([...path, name]);
    else if (section === 'u' || section === 'i') for (const [name, value] of elements(content)) description.updated.push({ path: [...path, name], value });
    else readNested(content, [...path, section.slice(1)], description);
  }
}

function readNested(difference: RawValue, path: readonly PathPart[], description: Description): void {
  if (getField(difference, 'a')?.type !== BsonType.bool) {
    readDocument(difference, path, description);
    return;
  }
  for (const [name, value] of elements(difference)) {
    if (name === 'a') continue;
    if (name === 'l') description.truncated.push({ path, newSize: value.number() ?? 0 });
    else if (name.startsWith('u')) description.updated.push({ path: [...path, Number(name.slice(1))], value });
    else readNested(value, [...path, Number(name.slice(1))], description);
  }
}

/** A dotted name does not say whether a dot is part of a field's name, nor whether a number is a position or a name. */
function isAmbiguous(path: readonly PathPart[]): boolean {
  return path.some((part) => typeof part === 'string' && (part.includes('.') || /^[0-9]+$/.test(part)));
}

function writeAmbiguousPaths(writer: DocumentWriter, paths: readonly (readonly PathPart[])[]): void {
  writer.openDocument('disambiguatedPaths');
  for (const path of paths.filter(isAmbiguous)) {
    writer.openArray(path.join('.'));
    path.forEach((part, index) => (typeof part === 'number' ? writer.int32(String(index), part) : writer.string(String(index), part)));
    writer.close();
  }
  writer.close();
}
