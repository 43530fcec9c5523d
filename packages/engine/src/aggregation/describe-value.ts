// A value as MongoDB's error messages print it: `{ a: 1, b: [ "x" ] }`. Doubles are printed in one way where a specification
// is echoed (`5.0`, sixteen digits) and in another where a computed value is named (`5`, six digits).
import { BSON } from 'bson';
import { BsonType } from '../bson/types.js';
import { arrayValues, elements } from '../bson/reader.js';
import { documentOf } from '../bson/values.js';
import type { RawValue } from '../bson/raw-value.js';
import { significantText } from './expressions/number-text.js';

/** A part of a specification in the server's own notation; `MISSING` where there is none. */
export function describeValue(value: RawValue | undefined): string {
  return value === undefined ? 'MISSING' : described(value, specificationDouble);
}

/** A value that an expression came to. */
export function describeComputed(value: RawValue | undefined): string {
  return value === undefined ? 'MISSING' : described(value, computedDouble);
}

type DoubleText = (number: number) => string;

const computedDouble: DoubleText = (number) => significantText(number, 6);

const specificationDouble: DoubleText = (number) => {
  const text = significantText(number, 16);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
};

function described(value: RawValue, doubleText: DoubleText): string {
  switch (value.type) {
    case BsonType.string:
    case BsonType.symbol:
      return `"${value.string()}"`;
    case BsonType.object: {
      const fields = [...elements(value)].map(([name, field]) => `${name}: ${described(field, doubleText)}`);
      return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
    }
    case BsonType.array: {
      const items = arrayValues(value).map((item) => described(item, doubleText));
      return items.length === 0 ? '[]' : `[ ${items.join(', ')} ]`;
    }
    case BsonType.int:
      return String(value.int32());
    case BsonType.long:
      return String(value.int64());
    case BsonType.double:
      return doubleText(value.double());
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

function describeDate(milliseconds: bigint): string {
  const number = Number(milliseconds);
  return Math.abs(number) <= 8.64e15 ? `new Date(${number})` : `new Date(${milliseconds})`;
}

function describeExotic(value: RawValue): string {
  const decoded: unknown = BSON.deserialize(documentOf([['v', value]])).v;
  return BSON.EJSON.stringify(decoded);
}
