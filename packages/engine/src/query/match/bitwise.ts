// $bitsAllSet, $bitsAllClear, $bitsAnySet, $bitsAnyClear. Source: the manual's "Bitwise Query Operators".
import { exactInteger } from '../../bson/integers.js';
import { arrayValues } from '../../bson/reader.js';
import type { RawValue } from '../../bson/raw-value.js';
import { BsonType, isNumericType } from '../../bson/types.js';
import { CommandError } from '../../errors.js';
import { leafPredicate, type FieldOperator } from './predicate.js';
import { describeValue } from '../../aggregation/describe-value.js';

type Bits = (position: number) => boolean;

const highestPosition = 2 ** 31 - 1;

function positionsOfMask(mask: bigint): number[] {
  const positions: number[] = [];
  for (let position = 0; mask >> BigInt(position) !== 0n; position += 1) {
    if (((mask >> BigInt(position)) & 1n) === 1n) positions.push(position);
  }
  return positions;
}

function positionsOfBytes(data: Buffer): number[] {
  const positions: number[] = [];
  data.forEach((byte, index) => {
    for (let bit = 0; bit < 8; bit += 1) if ((byte >> bit) & 1) positions.push(index * 8 + bit);
  });
  return positions;
}

function positionOf(value: RawValue, index: number): number {
  const shown = `${index}: ${describeValue(value)}`;
  if (!isNumericType(value.type)) throw new CommandError('BadValue', `Failed to parse bit position. Expected a number in: ${shown}`);
  const position = exactInteger(value);
  if (position === undefined) throw new CommandError('BadValue', `Failed to parse bit position. Expected an integer: ${shown}`);
  if (position < 0n) throw new CommandError('BadValue', `Failed to parse bit position. Expected a non-negative number in: ${shown}`);
  if (position > BigInt(highestPosition)) throw new CommandError('BadValue', `bit positions cannot be represented as a 32-bit signed integer: ${shown}`);
  return Number(position);
}

function positionsOf(name: string, field: string, operand: RawValue): number[] {
  if (operand.type === BsonType.array) return arrayValues(operand).map(positionOf);
  if (operand.type === BsonType.binData) return positionsOfBytes(operand.binary().data);
  if (!isNumericType(operand.type)) {
    throw new CommandError('BadValue', `${field} takes an Array, a number, or a BinData but received: ${name}: ${describeValue(operand)}`);
  }
  const mask = exactInteger(operand);
  if (mask === undefined || BigInt.asIntN(64, mask) !== mask) throw new CommandError('BadValue', `Expected an integer: ${name}: ${describeValue(operand)}`);
  if (mask < 0n) throw new CommandError('BadValue', `Expected a non-negative number in: ${name}: ${describeValue(operand)}`);
  return positionsOfMask(mask);
}

/** The bits of a value; integers go on with their sign, binary data with zeros. Undefined where it has none. */
function bitsOf(value: RawValue): Bits | undefined {
  if (value.type === BsonType.binData) {
    const { data } = value.binary();
    return (position) => (((data[position >> 3] ?? 0) >> (position & 7)) & 1) === 1;
  }
  const integer = exactInteger(value);
  if (integer === undefined || BigInt.asIntN(64, integer) !== integer) return undefined;
  return (position) => ((integer >> BigInt(Math.min(position, 63))) & 1n) === 1n;
}

function bitwise(name: string, accepts: (positions: readonly number[], bits: Bits) => boolean): FieldOperator {
  return (path, operand) => {
    const positions = positionsOf(name, path.text, operand);
    const node = { kind: 'other', operator: name, path: path.text, value: operand } as const;
    return leafPredicate(path, node, (value) => {
      const bits = value === undefined ? undefined : bitsOf(value);
      return bits !== undefined && accepts(positions, bits);
    });
  };
}

export const bitwiseOperators: Readonly<Record<string, FieldOperator>> = {
  $bitsAllSet: bitwise('$bitsAllSet', (positions, bits) => positions.every((position) => bits(position))),
  $bitsAllClear: bitwise('$bitsAllClear', (positions, bits) => positions.every((position) => !bits(position))),
  $bitsAnySet: bitwise('$bitsAnySet', (positions, bits) => positions.some((position) => bits(position))),
  $bitsAnyClear: bitwise('$bitsAnyClear', (positions, bits) => positions.some((position) => !bits(position))),
};
