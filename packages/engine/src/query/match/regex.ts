// $regex with $options, and regular expressions as values. Source: the manual's "$regex".
import type { RawValue } from '../../bson/raw-value.js';
import { getField } from '../../bson/reader.js';
import { BsonType } from '../../bson/types.js';
import { CommandError } from '../../errors.js';
import type { Path } from '../path.js';
import type { ValueTest } from './path-values.js';
import { constantPredicate, leafPredicate, type FieldOperator, type FieldPredicate } from './predicate.js';
import { translateRegex } from './regex-translation.js';

function sortedLetters(options: string): string {
  return Array.from(options).sort().join('');
}

function testOf(pattern: string, options: string): ValueTest {
  const expression = translateRegex(pattern, options);
  const letters = sortedLetters(options);
  return (value) => {
    if (value === undefined) return false;
    if (value.type === BsonType.string || value.type === BsonType.symbol) return expression.test(value.string());
    if (value.type !== BsonType.regex) return false;
    const stored = value.regex();
    return stored.pattern === pattern && sortedLetters(stored.options) === letters;
  };
}

/** Matches texts, and stored regular expressions that are the same. */
export function regexTestOf(regex: RawValue): ValueTest {
  const { pattern, options } = regex.regex();
  return testOf(pattern, options);
}

function predicateOf(path: Path, pattern: string, options: string): FieldPredicate {
  return leafPredicate(path, { kind: 'regex', path: path.text, pattern, options }, testOf(pattern, options));
}

/** `{path: /pattern/options}` */
export function regexPredicate(path: Path, regex: RawValue): FieldPredicate {
  const { pattern, options } = regex.regex();
  return predicateOf(path, pattern, options);
}

const regexOperator: FieldOperator = (path, operand, siblings) => {
  const given = getField(siblings, '$options');
  if (given !== undefined && given.type !== BsonType.string) throw new CommandError('BadValue', '$options has to be a string');
  if (operand.type === BsonType.string) return predicateOf(path, operand.string(), given?.string() ?? '');
  if (operand.type !== BsonType.regex) throw new CommandError('BadValue', '$regex has to be a string');
  const { pattern, options } = operand.regex();
  if (given !== undefined && options !== '') throw new CommandError('Location51075', 'options set in both $regex and $options');
  return predicateOf(path, pattern, given?.string() ?? options);
};

/** `$options` belongs to `$regex`, which reads it. */
const optionsOperator: FieldOperator = (_path, _operand, siblings) => {
  if (getField(siblings, '$regex') === undefined) throw new CommandError('BadValue', '$options needs a $regex');
  return constantPredicate(true);
};

export const regexOperators: Readonly<Record<string, FieldOperator>> = { $regex: regexOperator, $options: optionsOperator };
