// BSON's type numbers and their names, as the specification gives them.
// Source: https://bsonspec.org/spec.html and the manual's page "BSON Types".

/** The type byte that precedes each element of a document. */
export const BsonType = {
  double: 0x01,
  string: 0x02,
  object: 0x03,
  array: 0x04,
  binData: 0x05,
  undefined: 0x06,
  objectId: 0x07,
  bool: 0x08,
  date: 0x09,
  null: 0x0a,
  regex: 0x0b,
  dbPointer: 0x0c,
  javascript: 0x0d,
  symbol: 0x0e,
  javascriptWithScope: 0x0f,
  int: 0x10,
  timestamp: 0x11,
  long: 0x12,
  decimal: 0x13,
  maxKey: 0x7f,
  minKey: 0xff,
} as const;

export type BsonType = (typeof BsonType)[keyof typeof BsonType];

/** The alias that `$type` takes and returns for each type ("BSON Types" in the manual). */
export type BsonTypeName = keyof typeof BsonType;

const nameByType = new Map<number, BsonTypeName>(Object.entries(BsonType).map(([name, type]) => [type, name as BsonTypeName]));

/** The manual's alias of a type number, or undefined where BSON knows no such type. */
export function bsonTypeName(type: number): BsonTypeName | undefined {
  return nameByType.get(type);
}

/** Whether the type is one of the four that compare and add up with one another. */
export function isNumericType(type: BsonType): boolean {
  return type === BsonType.int || type === BsonType.double || type === BsonType.long || type === BsonType.decimal;
}
