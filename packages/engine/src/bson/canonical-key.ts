// A map key per value so that equal values (1, NumberLong(1), NumberDecimal("1.0")) have equal keys: groups, sets, distinct.
import type { Collation } from './collation.js';
import { decimalOf, maxDigits, powerOfTen, type Decimal } from './decimal.js';
import { encodedText } from './key-encoding.js';
import type { RawValue } from './raw-value.js';
import { elements } from './reader.js';
import { BsonType } from './types.js';
import { objectValue, arrayValue, stringValue } from './values.js';

/**
 * The strings seen under one collation, one representative per class of equal ones, in order. Intl.Collator has no sort
 * keys, so a string finds its class by binary search.
 */
class StringClasses {
  private readonly representatives: string[] = [];

  constructor(private readonly collation: Collation) {}

  representative(text: string): string {
    let low = 0;
    let high = this.representatives.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = this.collation.compare(this.representatives[middle]!, text);
      if (order === 0) return this.representatives[middle]!;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    this.representatives.splice(low, 0, text);
    return text;
  }
}

const classesByCollation = new WeakMap<Collation, StringClasses>();

function stringClasses(collation: Collation): StringClasses {
  let classes = classesByCollation.get(collation);
  if (classes === undefined) {
    classes = new StringClasses(collation);
    classesByCollation.set(collation, classes);
  }
  return classes;
}

function withRepresentatives(value: RawValue, classes: StringClasses): RawValue {
  switch (value.type) {
    case BsonType.string:
    case BsonType.symbol:
      return stringValue(classes.representative(value.string()));
    case BsonType.object:
      return objectValue([...elements(value)].map(([name, child]) => [name, withRepresentatives(child, classes)]));
    case BsonType.array:
      return arrayValue([...elements(value)].map(([, child]) => withRepresentatives(child, classes)));
    default:
      return value;
  }
}

/** Equal strings exactly for values that compareValues calls equal. Keys of one collation only compare with one another. */
export function canonicalKey(value: RawValue, collation?: Collation): string {
  switch (value.type) {
    case BsonType.string:
      if (collation === undefined) return `s${value.string()}`;
      return `s${stringClasses(collation).representative(value.string())}`;
    case BsonType.symbol:
      return canonicalKey(value.at(BsonType.string, value.start, value.end), collation);
    case BsonType.int:
      return `n${value.int32()}`;
    case BsonType.double:
      return canonicalNumber(value, value.double());
    case BsonType.long:
      return canonicalNumber(value, Number(value.int64()));
    case BsonType.decimal:
      return canonicalNumber(value, smallInteger(decimalOf(value)));
    case BsonType.objectId:
      return `o${value.bytes.toString('latin1', value.start, value.end)}`;
    default:
      return `x${encodedText(collation === undefined ? value : withRepresentatives(value, stringClasses(collation)))}`;
  }
}

/** Integers within 32 bits have a short key, whatever their type; every other number has its encoded form. */
function canonicalNumber(value: RawValue, integer: number | undefined): string {
  if (integer === undefined || !Number.isInteger(integer) || Math.abs(integer) > 0x7fffffff) return `x${encodedText(value)}`;
  return `n${integer + 0}`;
}

function smallInteger(decimal: Decimal): number | undefined {
  if (decimal.kind !== 'finite') return undefined;
  const { coefficient, exponent, isNegative } = decimal;
  if (coefficient === 0n) return 0;
  if (exponent < -maxDigits || exponent > 10) return undefined;
  const divisor = exponent < 0 ? powerOfTen(-exponent) : 1n;
  if (coefficient % divisor !== 0n) return undefined;
  const magnitude = Number((coefficient / divisor) * powerOfTen(Math.max(exponent, 0)));
  return isNegative ? -magnitude : magnitude;
}
