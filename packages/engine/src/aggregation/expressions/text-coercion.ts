// What string operators make of values that are no strings: $toLower, $strcasecmp, $substr, ...
// Source: the server's Value::coerceToString: null, undefined and missing are the empty string.
import { formatDecimal } from '../../bson/decimal-text.js';
import { decimalOf } from '../../bson/decimal.js';
import { BsonType } from '../../bson/types.js';
import { CommandError } from '../../errors.js';
import type { Value } from './compile-context.js';
import { doubleText } from './number-text.js';
import { typeNameOf } from './operands.js';
import { isoText } from './date-text.js';

export function coerceToText(value: Value): string {
  if (value === undefined) return '';
  switch (value.type) {
    case BsonType.null:
    case BsonType.undefined:
      return '';
    case BsonType.string:
    case BsonType.symbol:
    case BsonType.javascript:
      return value.string();
    case BsonType.int:
      return String(value.int32());
    case BsonType.long:
      return String(value.int64());
    case BsonType.double:
      return doubleText(value.double());
    case BsonType.decimal:
      return formatDecimal(decimalOf(value));
    case BsonType.date:
      return isoText(value.int64());
    case BsonType.timestamp:
      return timestampText(value.uint64());
    default:
      throw new CommandError(16007, `can't convert from BSON type ${typeNameOf(value)} to String`);
  }
}

function timestampText(timestamp: bigint): string {
  return `Timestamp(${timestamp >> 32n}, ${timestamp & 0xffffffffn})`;
}
