// $dateToString. Source: the manual's page of the same name.
import { BsonType } from '../../bson/types.js';
import { nullValue, stringValue } from '../../bson/values.js';
import { CommandError } from '../../errors.js';
import { describeComputed } from '../describe-value.js';
import { isNullish, type OperatorCompiler } from './compile-context.js';
import { coerceToInstant, zoneOperand } from './date-operands.js';
import { checkFormat, formatDate } from './date-text.js';
import { derivedExpression } from './derive.js';
import { namedArguments, typeNameOf, type NamedArgumentRules } from './operands.js';

const rules: NamedArgumentRules<'date', 'format' | 'timezone' | 'onNull'> = {
  required: ['date'],
  optional: ['format', 'timezone', 'onNull'],
  notObject: (name) => new CommandError(18629, `${name} only supports an object as its argument`),
  unknown: (name, field) => new CommandError(18534, `Unrecognized argument to ${name}: ${field}`),
  missing: (name) => new CommandError(18628, `Missing 'date' parameter to ${name}`),
};

export const dateToString: OperatorCompiler = (argument, context, name) => {
  const given = namedArguments(name, argument, rules);
  const compiled = new Map([...given].map(([field, value]) => [field, context.compile(value)]));
  const date = compiled.get('date')!;
  const format = compiled.get('format');
  const zone = compiled.get('timezone');
  const onNull = compiled.get('onNull');
  return derivedExpression([...compiled.values()], (scope) => {
    const pattern = format?.evaluate(scope);
    if (!isNullish(pattern) && pattern.type !== BsonType.string) {
      throw new CommandError(18533, `${name} requires that 'format' be a string, found: ${typeNameOf(pattern)} with value ${describeComputed(pattern)}`);
    }
    const where = zoneOperand(zone?.evaluate(scope), zone !== undefined);
    const text = isNullish(pattern) ? undefined : pattern.string();
    if (text !== undefined) checkFormat(text);
    if (where === undefined || (format !== undefined && text === undefined)) return nullValue;
    const value = date.evaluate(scope);
    if (isNullish(value)) return onNull === undefined ? nullValue : onNull.evaluate(scope);
    const standard = where.isUtc ? '%Y-%m-%dT%H:%M:%S.%LZ' : '%Y-%m-%dT%H:%M:%S.%L';
    return stringValue(formatDate(coerceToInstant(value), text ?? standard, where));
  });
};
