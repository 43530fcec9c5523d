// A value as MongoDB's error messages print it: `{ a: 1, b: [ "x" ] }`.
import { BSON } from 'bson';
import { BsonType } from '../bson/types.js';
import { arrayValues, elements } from '../bson/reader.js';
import { documentOf } from '../bson/values.js';
import type { RawValue } from '../bson/raw-value.js';

/** The value in the server's own notation; `MISSING` where there is none. */
export function describeValue(value: RawValue | undefined): string {
  if (value === undefined) return 'MISSING';
  switch (value.type) {
    case BsonType.string:
    case BsonType.symbol:
      return `"${value.string()}"`;
    case BsonType.object: {
      const fields = [...elements(value)].map(([name, field]) => `${name}: ${describeValue(field)}`);
      return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
    }
    case BsonType.array: {
      const items = arrayValues(value).map(describeValue);
      return items.length === 0 ? '[]' : `[ ${items.join(', ')} ]`;
    }
    case BsonType.int:
      return String(value.int32());
    case BsonType.long:
      return String(value.int64());
    case BsonType.double:
      return describeDouble(value.double());
    case BsonType.bool:
      return String(value.boolean());
    case BsonType.null:
      return 'null';
    case BsonType.undefined:
      return 'undefined';
    case BsonType.objectId:
      return `ObjectId('${value.slice().toString('hex')}')`;
    case BsonType.date:
      return describeDate(value.int64());
    case BsonType.regex: {
      const { pattern, options } = value.regex();
      return `/${pattern}/${options}`;
    }
    case BsonType.minKey:
      return 'MinKey';
    case BsonType.maxKey:
      return 'MaxKey';
    default:
      return describeExotic(value);
  }
}

function describeDouble(number: number): string {
  if (Number.isNaN(number)) return 'nan.0';
  if (!Number.isFinite(number)) return number > 0 ? 'inf.0' : '-inf.0';
  return Number.isInteger(number) && Math.abs(number) < 1e15 ? `${number}.0` : String(number);
}

function describeDate(milliseconds: bigint): string {
  const number = Number(milliseconds);
  return Math.abs(number) <= 8.64e15 ? `new Date(${number})` : `new Date(${milliseconds})`;
}

function describeExotic(value: RawValue): string {
  const decoded: unknown = BSON.deserialize(documentOf([['v', value]])).v;
  return BSON.EJSON.stringify(decoded);
}
