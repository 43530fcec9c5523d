// MongoDB's order of types: values of different classes compare by class alone, values of one class by their content.
// Source: the manual's page "Comparison/Sort Order" and the server's canonicalizeBSONType.
import { BsonType } from './types.js';

/** Class by type number, in ascending order; also the first byte of an encoded key, so never renumber: indexes hold it. */
const classByType = new Uint8Array(256);
const order: readonly (readonly BsonType[])[] = [
  [BsonType.minKey],
  [BsonType.undefined],
  [BsonType.null],
  [BsonType.int, BsonType.long, BsonType.double, BsonType.decimal],
  [BsonType.string, BsonType.symbol],
  [BsonType.object],
  [BsonType.array],
  [BsonType.binData],
  [BsonType.objectId],
  [BsonType.bool],
  [BsonType.date],
  [BsonType.timestamp],
  [BsonType.regex],
  [BsonType.dbPointer],
  [BsonType.javascript],
  [BsonType.javascriptWithScope],
  [BsonType.maxKey],
];
order.forEach((types, index) => types.forEach((type) => (classByType[type] = index + 1)));

/** The type's place in the order, 1 to 17; types of one class (the numbers; string and symbol) share it. */
export function typeClass(type: BsonType): number {
  return classByType[type]!;
}

/** Highest number that `typeClass` returns. */
export const highestTypeClass = order.length;

/** Whether values of the two types are compared by content (comparison operators match within a class only). */
export function isSameTypeClass(a: BsonType, b: BsonType): boolean {
  return classByType[a] === classByType[b];
}
