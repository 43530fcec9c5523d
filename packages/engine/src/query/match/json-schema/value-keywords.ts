// Keywords about a value by itself: type, bsonType, enum, numbers, strings. Source: the manual's "$jsonSchema", "Available Keywords".
import { asDecimal } from '../../../bson/conversion.js';
import { canonicalKey } from '../../../bson/canonical-key.js';
import { compareValues, valuesEqual } from '../../../bson/compare.js';
import { remainderOfDecimals } from '../../../bson/decimal-arithmetic.js';
import { arrayValues, ElementReader, getField } from '../../../bson/reader.js';
import type { RawValue } from '../../../bson/raw-value.js';
import { BsonType, isNumericType } from '../../../bson/types.js';
import { CommandError } from '../../../errors.js';
import { typesOf } from '../element.js';
import { translateRegex } from '../regex-translation.js';
import { arrayOperand, booleanOperand, lengthOperand, numberOperand, ofTypes, stringOperand, type SchemaKeyword, type SchemaTest } from './keyword.js';

const numberTypes = [BsonType.double, BsonType.int, BsonType.long, BsonType.decimal];

/** JSON's own type names, which `type` takes; `integer` is no type of BSON. */
const jsonTypes: ReadonlyMap<string, readonly BsonType[]> = new Map<string, readonly BsonType[]>([
  ['object', [BsonType.object]],
  ['array', [BsonType.array]],
  ['string', [BsonType.string]],
  ['boolean', [BsonType.bool]],
  ['null', [BsonType.null]],
  ['number', numberTypes],
]);

function aliases(keyword: string, operand: RawValue): readonly RawValue[] {
  if (operand.type === BsonType.string) return [operand];
  if (operand.type !== BsonType.array) throw new CommandError('TypeMismatch', `$jsonSchema keyword '${keyword}' must be either a string or an array of strings`);
  const values = arrayOperand(keyword, operand);
  if (values.some((value) => value.type !== BsonType.string)) throw new CommandError('TypeMismatch', `$jsonSchema keyword '${keyword}' array elements must be strings`);
  const repeated = values.map((value) => value.string()).find((name, index, names) => names.indexOf(name) < index);
  if (repeated !== undefined) throw new CommandError('FailedToParse', `$jsonSchema keyword '${keyword}' has duplicate value: ${repeated}`);
  return values;
}

function jsonTypesOf(alias: string): readonly BsonType[] {
  if (alias === 'integer') throw new CommandError('FailedToParse', "$jsonSchema type 'integer' is not currently supported.");
  const types = jsonTypes.get(alias);
  if (types === undefined) throw new CommandError('BadValue', `Unknown type name alias: ${alias}`);
  return types;
}

function typeTest(types: readonly BsonType[]): SchemaTest {
  const accepted = new Set(types);
  return (value) => accepted.has(value.type);
}

const type: SchemaKeyword = (operand, schema) => {
  if (getField(schema, 'bsonType') !== undefined) throw new CommandError('FailedToParse', "Cannot specify both $jsonSchema keywords 'type' and 'bsonType'");
  return typeTest(aliases('type', operand).flatMap((alias) => jsonTypesOf(alias.string())));
};

const enumeration: SchemaKeyword = (operand, _schema, { collation }) => {
  const allowed = arrayOperand('enum', operand);
  if (new Set(allowed.map((value) => canonicalKey(value, collation))).size < allowed.length) {
    throw new CommandError('FailedToParse', "$jsonSchema keyword 'enum' array cannot contain duplicate values.");
  }
  return (value) => allowed.some((candidate) => valuesEqual(candidate, value, collation));
};

function limit(keyword: 'minimum' | 'maximum', exclusiveKeyword: string): SchemaKeyword {
  const sign = keyword === 'minimum' ? 1 : -1;
  return (operand, schema) => {
    const bound = numberOperand(keyword, operand);
    const exclusive = getField(schema, exclusiveKeyword);
    const least = exclusive !== undefined && booleanOperand(exclusiveKeyword, exclusive) ? 1 : 0;
    return ofTypes(numberTypes, (value) => Math.sign(sign * compareValues(value, bound)) >= least);
  };
}

/** `exclusiveMinimum` says how `minimum` is meant and is nothing without it. */
function exclusive(keyword: string, owner: string): SchemaKeyword {
  return (operand, schema) => {
    booleanOperand(keyword, operand);
    if (getField(schema, owner) === undefined) {
      throw new CommandError('FailedToParse', `$jsonSchema keyword '${owner}' must be a present if ${keyword} is present`);
    }
    return undefined;
  };
}

const multipleOf: SchemaKeyword = (operand) => {
  const divisor = asDecimal(numberOperand('multipleOf', operand));
  if (divisor.kind !== 'finite' || divisor.isNegative || divisor.coefficient === 0n) {
    throw new CommandError('FailedToParse', "$jsonSchema keyword 'multipleOf' must have a positive value");
  }
  return (value) => {
    if (!isNumericType(value.type)) return true;
    const remainder = remainderOfDecimals(asDecimal(value), divisor);
    return remainder.kind === 'finite' && remainder.coefficient === 0n;
  };
};

function codePoints(value: RawValue): number {
  let count = 0;
  for (let i = value.start + 4; i < value.end - 1; i += 1) if ((value.bytes[i]! & 0xc0) !== 0x80) count += 1;
  return count;
}

const pattern: SchemaKeyword = (operand) => {
  const expression = translateRegex(stringOperand('pattern', operand), '');
  return ofTypes([BsonType.string], (value) => expression.test(value.string()));
};

function length(keyword: string, accepts: (length: number, bound: number) => boolean): SchemaKeyword {
  return (operand) => {
    const bound = lengthOperand(keyword, operand);
    return ofTypes([BsonType.string], (value) => accepts(codePoints(value), bound));
  };
}

function itemCount(array: RawValue): number {
  const reader = ElementReader.of(array);
  let count = 0;
  while (reader.next()) count += 1;
  return count;
}

/** A keyword that bounds the number of elements of an array (`maxItems`) or fields of an object (`maxProperties`). */
function size(keyword: string, sized: BsonType, accepts: (count: number, bound: number) => boolean): SchemaKeyword {
  return (operand) => {
    const bound = lengthOperand(keyword, operand);
    return ofTypes([sized], (value) => accepts(itemCount(value), bound));
  };
}

const atLeast = (count: number, bound: number): boolean => count >= bound;
const atMost = (count: number, bound: number): boolean => count <= bound;

const uniqueItems: SchemaKeyword = (operand, _schema, { collation }) => {
  if (!booleanOperand('uniqueItems', operand)) return undefined;
  return ofTypes([BsonType.array], (value) => {
    const sorted = arrayValues(value).sort((a, b) => compareValues(a, b, collation));
    return sorted.every((item, index) => index === 0 || !valuesEqual(sorted[index - 1]!, item, collation));
  });
};

const annotation = (keyword: string): SchemaKeyword => (operand) => {
  stringOperand(keyword, operand);
  return undefined;
};

export const valueKeywords: Readonly<Record<string, SchemaKeyword>> = {
  type,
  bsonType: (operand) => typeTest(aliases('bsonType', operand).flatMap(typesOf)),
  enum: enumeration,
  minimum: limit('minimum', 'exclusiveMinimum'),
  maximum: limit('maximum', 'exclusiveMaximum'),
  exclusiveMinimum: exclusive('exclusiveMinimum', 'minimum'),
  exclusiveMaximum: exclusive('exclusiveMaximum', 'maximum'),
  multipleOf,
  minLength: length('minLength', atLeast),
  maxLength: length('maxLength', atMost),
  pattern,
  minItems: size('minItems', BsonType.array, atLeast),
  maxItems: size('maxItems', BsonType.array, atMost),
  minProperties: size('minProperties', BsonType.object, atLeast),
  maxProperties: size('maxProperties', BsonType.object, atMost),
  uniqueItems,
  title: annotation('title'),
  description: annotation('description'),
};
