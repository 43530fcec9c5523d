// What counts as true: `$exists: 1`, `$expr`, `$cond` and boolean command fields all use the same rule.
import { decimalOf } from './decimal.js';
import type { RawValue } from './raw-value.js';
import { BsonType } from './types.js';

/** False: missing, null, undefined, false, and zero of any numeric type. Everything else is true (the server's coerceToBool). */
export function isTruthy(value: RawValue | undefined): boolean {
  if (value === undefined) return false;
  switch (value.type) {
    case BsonType.null:
    case BsonType.undefined:
      return false;
    case BsonType.bool:
      return value.boolean();
    case BsonType.int:
      return value.int32() !== 0;
    case BsonType.double:
      return value.double() !== 0;
    case BsonType.long:
      return value.int64() !== 0n;
    case BsonType.decimal:
      return !isZeroDecimal(value);
    default:
      return true;
  }
}

function isZeroDecimal(value: RawValue): boolean {
  const decimal = decimalOf(value);
  return decimal.kind === 'finite' && decimal.coefficient === 0n;
}
