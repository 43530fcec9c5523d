// $arrayToObject and $objectToArray. Source: the manual's pages of the same names.
import { BsonType } from '../../bson/types.js';
import { arrayValues, elements } from '../../bson/reader.js';
import { arrayValue, nullValue, objectValue, stringValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { describeComputed } from '../describe-value.js';
import { isNullish } from './compile-context.js';
import { typeNameOf, unary } from './operands.js';

export const objectToArray = unary((value) => {
  if (isNullish(value)) return nullValue;
  if (value.type !== BsonType.object) throw new CommandError(40390, `$objectToArray requires a document input, found: ${typeNameOf(value)}`);
  return arrayValue([...elements(value)].map(([name, field]) => objectValue([['k', stringValue(name)], ['v', field]])));
});

/** A later pair of the same key replaces the value in its place. */
export const arrayToObject = unary((value) => {
  if (isNullish(value)) return nullValue;
  if (value.type !== BsonType.array) throw new CommandError(40386, `$arrayToObject requires an array input, found: ${typeNameOf(value)}`);
  const items = arrayValues(value);
  const form = items[0]?.type;
  const fields = new Map<string, RawValue>();
  for (const item of items) {
    const [key, field] = form === BsonType.array ? pairOf(item) : form === BsonType.object ? keyAndValueOf(item) : unknownForm(item);
    if (key.includes('\0')) throw new CommandError(4940400, 'Key field cannot contain an embedded null byte');
    fields.set(key, field);
  }
  return objectValue(fields);
});

function pairOf(item: RawValue): readonly [string, RawValue] {
  if (item.type !== BsonType.array) throw inconsistent(40396, 'Array', item);
  const pair = arrayValues(item);
  const [key, value] = pair;
  if (key === undefined || value === undefined || pair.length !== 2) {
    throw new CommandError(40397, `$arrayToObject requires an array of size 2 arrays,found array of size: ${pair.length}`);
  }
  if (key.type !== BsonType.string) {
    throw new CommandError(40395, `$arrayToObject requires an array of key-value pairs, where the key must be of type string. Found key type: ${typeNameOf(key)}`);
  }
  return [key.string(), value];
}

function keyAndValueOf(item: RawValue): readonly [string, RawValue] {
  if (item.type !== BsonType.object) throw inconsistent(40391, 'Object', item);
  const fields = new Map(elements(item));
  if (fields.size !== 2) {
    throw new CommandError(40392, `$arrayToObject requires an object keys of 'k' and 'v'. Found incorrect number of keys:${fields.size}`);
  }
  const key = fields.get('k');
  const value = fields.get('v');
  if (key === undefined || value === undefined) {
    throw new CommandError(40393, `$arrayToObject requires an object with keys 'k' and 'v'. Missing either or both keys from: ${describeComputed(item)}`);
  }
  if (key.type !== BsonType.string) {
    throw new CommandError(40394, `$arrayToObject requires an object with keys 'k' and 'v', where the value of 'k' must be of type string. Found type: ${typeNameOf(key)}`);
  }
  return [key.string(), value];
}

function inconsistent(code: number, detected: string, found: RawValue): CommandError {
  return new CommandError(code, `$arrayToObject requires a consistent input format. Elements must all be arrays or all be objects. ${detected} was detected, now found: ${typeNameOf(found)}`);
}

function unknownForm(item: RawValue): never {
  throw new CommandError(40398, `Unrecognised input type format for $arrayToObject: ${typeNameOf(item)}`);
}
