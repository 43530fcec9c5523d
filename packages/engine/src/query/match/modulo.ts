// $mod. Source: the manual's "$mod"; fractions are cut off towards zero on both sides since 5.1.
import { asDouble } from '../../bson/conversion.js';
import { truncatedInteger } from '../../bson/integers.js';
import { arrayValues } from '../../bson/reader.js';
import type { RawValue } from '../../bson/raw-value.js';
import { BsonType, isNumericType } from '../../bson/types.js';
import { CommandError } from '../../errors.js';
import { leafPredicate, type FieldOperator } from './predicate.js';

function operandInteger(operand: RawValue, role: string): bigint {
  const integer = truncatedInteger(operand);
  if (integer !== undefined) return integer;
  const cause = Number.isFinite(asDouble(operand)) ? 'Out of bounds coercing to integral value' : 'Unable to coerce NaN/Inf to integral type';
  throw new CommandError('BadValue', `malformed mod, ${role} value is invalid :: caused by :: ${cause}`);
}

const mod: FieldOperator = (path, operand) => {
  if (operand.type !== BsonType.array) throw new CommandError('BadValue', 'malformed mod, needs to be an array');
  const [divisor, remainder, ...rest] = arrayValues(operand);
  if (divisor === undefined || remainder === undefined) throw new CommandError('BadValue', 'malformed mod, not enough elements');
  if (rest.length > 0) throw new CommandError('BadValue', 'malformed mod, too many elements');
  if (!isNumericType(divisor.type)) throw new CommandError('BadValue', 'malformed mod, divisor not a number');
  if (!isNumericType(remainder.type)) throw new CommandError('BadValue', 'malformed mod, remainder not a number');
  const by = operandInteger(divisor, 'divisor');
  const expected = operandInteger(remainder, 'remainder');
  if (by === 0n) throw new CommandError('BadValue', 'divisor cannot be 0');
  const node = { kind: 'other', operator: '$mod', path: path.text, value: operand } as const;
  return leafPredicate(path, node, (value) => {
    if (value === undefined || !isNumericType(value.type)) return false;
    const integer = truncatedInteger(value);
    return integer !== undefined && integer % by === expected;
  });
};

export const moduloOperators: Readonly<Record<string, FieldOperator>> = { $mod: mod };
