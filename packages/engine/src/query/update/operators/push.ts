// `$push`: puts values into an array, with `$each`, `$position`, `$sort` and `$slice` in that order.
// Source: the manual's page "$push" and those of its modifiers.
import { CommandError } from '../../../errors.js';
import { RawValue } from '../../../bson/raw-value.js';
import { ElementReader, arrayValues, elements } from '../../../bson/reader.js';
import { BsonType, bsonTypeName } from '../../../bson/types.js';
import { arrayValue } from '../../../bson/values.js';
import { DocumentWriter } from '../../../bson/writer.js';
import type { QueryEnvironment } from '../../environment.js';
import { describeId, type OperatorFactory, type UpdateScope } from '../field-operator.js';
import { compilePushSort, type ElementOrder } from './push-sort.js';

interface Push {
  readonly values: readonly RawValue[];
  readonly position: number | undefined;
  readonly slice: number | undefined;
  readonly order: ElementOrder | undefined;
}

const clauseNames: ReadonlySet<string> = new Set(['$each', '$slice', '$sort', '$position']);

export const compilePush: OperatorFactory = (operand, _fieldPath, environment) => {
  const push = parsePush(operand, environment);
  const isPlainAppend = push.position === undefined && push.slice === undefined && push.order === undefined;
  return {
    appends: push.slice === undefined && push.order === undefined,
    create: () => arrayValue(pushInto([], push).values),
    change: (current, scope) => {
      if (current.type !== BsonType.array) throw notAnArray(current, scope);
      if (isPlainAppend) return push.values.length === 0 ? current : appended(current, push.values);
      const { values, isChanged } = pushInto(arrayValues(current), push);
      return isChanged ? arrayValue(values) : current;
    },
  };
};

/** The array with values behind its last one; the others are copied as one run of bytes. */
function appended(array: RawValue, values: readonly RawValue[]): RawValue {
  const writer = new DocumentWriter().appendElements(array.bytes, array.start + 4, array.end - 1);
  let index = elementCount(array);
  for (const value of values) {
    writer.append(String(index), value);
    index += 1;
  }
  const bytes = writer.finish();
  return new RawValue(BsonType.array, bytes, 0, bytes.length);
}

function elementCount(array: RawValue): number {
  const reader = ElementReader.of(array);
  let count = 0;
  while (reader.next()) count += 1;
  return count;
}

function pushInto(existing: readonly RawValue[], push: Push): { readonly values: readonly RawValue[]; readonly isChanged: boolean } {
  const at = insertionIndex(existing.length, push.position);
  let values: readonly RawValue[] = [...existing.slice(0, at), ...push.values, ...existing.slice(at)];
  let isChanged = push.values.length > 0;
  if (push.order !== undefined) {
    values = [...values].sort(push.order);
    isChanged = true;
  }
  if (push.slice !== undefined && values.length > Math.abs(push.slice)) {
    values = push.slice >= 0 ? values.slice(0, push.slice) : values.slice(push.slice);
    isChanged = true;
  }
  return { values, isChanged };
}

/** Negative positions count from the end; too far out is the end or the beginning. */
function insertionIndex(length: number, position: number | undefined): number {
  if (position === undefined || position >= length) return length;
  return position >= 0 ? position : Math.max(0, length + position);
}

function notAnArray(current: RawValue, scope: UpdateScope): CommandError {
  const type = String(bsonTypeName(current.type));
  const words = `The field '${scope.path.join('.')}' must be an array but is of type ${type} in document`;
  return new CommandError('BadValue', `${words} {${describeId(scope.root)}}`);
}

function parsePush(operand: RawValue, environment: QueryEnvironment): Push {
  const clauses = operand.type === BsonType.object ? [...elements(operand)] : [];
  if (!clauses.some(([name]) => name === '$each')) return { values: [operand], position: undefined, slice: undefined, order: undefined };
  const clauseByName = new Map<string, RawValue>();
  for (const [name, value] of clauses) {
    if (!clauseNames.has(name)) throw new CommandError('BadValue', `Unrecognized clause in $push: ${name}`);
    if (clauseByName.has(name)) throw new CommandError('BadValue', `Only one ${name} is supported.`);
    clauseByName.set(name, value);
  }
  const each = clauseByName.get('$each')!;
  if (each.type !== BsonType.array) {
    const type = String(bsonTypeName(each.type));
    throw new CommandError('BadValue', `The argument to $each in $push must be an array but it was of type: ${type}`);
  }
  const slice = clauseByName.get('$slice');
  const sort = clauseByName.get('$sort');
  const position = clauseByName.get('$position');
  return {
    values: arrayValues(each),
    slice: slice && integerClause(slice, 'The value for $slice must be an integer value but was given type:'),
    order: sort && compilePushSort(sort, environment),
    position: position && integerClause(position, 'The value for $position must be an integer value, not of type:'),
  };
}

function integerClause(value: RawValue, complaint: string): number {
  const number = value.type === BsonType.decimal ? undefined : value.number();
  if (number === undefined || !Number.isInteger(number)) {
    throw new CommandError('BadValue', `${complaint} ${String(bsonTypeName(value.type))}`);
  }
  return number;
}
