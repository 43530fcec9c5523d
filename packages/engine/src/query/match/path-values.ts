// Which values a path stands for: arrays on the way are entered, a leaf array stands for its elements and for itself.
// The order and the corner cases are those of the server's BSONElementIterator.
import type { RawValue } from '../../bson/raw-value.js';
import { ElementReader } from '../../bson/reader.js';
import { BsonType } from '../../bson/types.js';
import { fieldOf, type Path } from '../path.js';

/** What an operator asks of one value; undefined: the field is missing. */
export type ValueTest = (value: RawValue | undefined) => boolean;

/** Where a match went through an array: the index in the outermost one. What the positional `$` stands for. */
export interface Position {
  arrayIndex: number | undefined;
}

/** Whether any element of the array passes. */
export function anyElement(array: RawValue, test: ValueTest, position: Position | undefined): boolean {
  const reader = ElementReader.of(array);
  for (let index = 0; reader.next(); index += 1) {
    if (!test(reader.value())) continue;
    if (position !== undefined) position.arrayIndex = index;
    return true;
  }
  return false;
}

/** Whether any value that the path stands for in the document passes. `entersLeafArrays`: see the file's head. */
export function anyValueAt(
  document: RawValue,
  path: Path,
  entersLeafArrays: boolean,
  test: ValueTest,
  position: Position | undefined,
  from = 0,
): boolean {
  let current = document;
  const last = path.names.length - 1;
  for (let depth = from; ; depth += 1) {
    const value = fieldOf(current, path.names[depth]!);
    if (depth === last) {
      if (value?.type === BsonType.array && entersLeafArrays && anyElement(value, test, position)) return true;
      return test(value);
    }
    if (value?.type === BsonType.array) return anyInArray(value, path, entersLeafArrays, test, position, depth + 1);
    if (value?.type !== BsonType.object) return test(undefined);
    current = value;
  }
}

/** The path goes on at component `depth` inside the array: through its objects, and by index where the component is a number. */
function anyInArray(
  array: RawValue,
  path: Path,
  entersLeafArrays: boolean,
  test: ValueTest,
  position: Position | undefined,
  depth: number,
): boolean {
  const reader = ElementReader.of(array);
  for (let index = 0; reader.next(); index += 1) {
    const isPicked = path.indexes[depth] === index;
    if (reader.type !== BsonType.object && !isPicked) continue;
    const element = reader.value();
    if (element.type === BsonType.object && anyValueAt(element, path, entersLeafArrays, test, position, depth)) {
      if (position !== undefined) position.arrayIndex = index;
      return true;
    }
    if (isPicked && anyAtPicked(element, path, entersLeafArrays, test, position, depth)) return true;
  }
  return false;
}

/** The path names this element by its index, so that no position of it is noted: nothing was searched for. */
function anyAtPicked(
  element: RawValue,
  path: Path,
  entersLeafArrays: boolean,
  test: ValueTest,
  position: Position | undefined,
  depth: number,
): boolean {
  if (depth === path.names.length - 1) return test(element);
  if (element.type === BsonType.object) return anyValueAt(element, path, entersLeafArrays, test, position, depth + 1);
  if (element.type === BsonType.array) return anyInArray(element, path, entersLeafArrays, test, position, depth + 1);
  return false;
}
