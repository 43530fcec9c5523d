// $dateFromString. Source: the manual's page of the same name.
import { BsonType } from '../../bson/types.js';
import { nullValue } from '../../bson/values.js';
import { CommandError } from '../../errors.js';
import { describeComputed } from '../describe-value.js';
import { isNullish, type OperatorCompiler, type Value } from './compile-context.js';
import { instantValue, zoneOperand } from './date-operands.js';
import { checkParseFormat, parseByFormat, parseDate } from './date-parsing.js';
import { derivedExpression } from './derive.js';
import { namedArguments, typeNameOf, type NamedArgumentRules } from './operands.js';
import type { TimeZone } from './time-zone.js';

const rules: NamedArgumentRules<'dateString', 'format' | 'timezone' | 'onError' | 'onNull'> = {
  required: ['dateString'],
  optional: ['format', 'timezone', 'onError', 'onNull'],
  notObject: (name, type) => new CommandError(40540, `${name} only supports an object as an argument, found: ${type}`),
  unknown: (name, field) => new CommandError(40541, `Unrecognized argument to ${name}: ${field}`),
  missing: (name) => new CommandError(40542, `Missing 'dateString' parameter to ${name}`),
};

export const dateFromString: OperatorCompiler = (argument, context, name) => {
  const given = namedArguments(name, argument, rules);
  const compiled = new Map([...given].map(([field, value]) => [field, context.compile(value)]));
  const zone = compiled.get('timezone');
  const format = compiled.get('format');
  const onError = compiled.get('onError');
  return derivedExpression([...compiled.values()], (scope) => {
    const text = compiled.get('dateString')!.evaluate(scope);
    const where = zoneOperand(zone?.evaluate(scope), zone !== undefined);
    const pattern = format?.evaluate(scope);
    requireFormat(pattern, name);
    if (isNullish(text)) {
      const onNull = compiled.get('onNull');
      return onNull === undefined ? nullValue : onNull.evaluate(scope);
    }
    if (where === undefined || (format !== undefined && isNullish(pattern))) return nullValue;
    try {
      return instantValue(parse(text, pattern, zone === undefined ? undefined : where, name));
    } catch (error) {
      if (onError !== undefined && error instanceof CommandError && isConversionFailure(error)) return onError.evaluate(scope);
      throw error;
    }
  });
};

function requireFormat(format: Value, name: string): void {
  if (isNullish(format)) return;
  if (format.type !== BsonType.string) {
    throw new CommandError(40684, `${name} requires that 'format' be a string, found: ${typeNameOf(format)} with value ${describeComputed(format)}`);
  }
  checkParseFormat(format.string());
}

function parse(text: NonNullable<Value>, format: Value, zone: TimeZone | undefined, name: string): number {
  if (text.type !== BsonType.string) {
    throw new CommandError('ConversionFailure', `${name} requires that 'dateString' be a string, found: ${typeNameOf(text)} with value ${describeComputed(text)}`);
  }
  return format === undefined ? parseDate(text.string(), zone) : parseByFormat(text.string(), format.string(), zone);
}

function isConversionFailure(error: CommandError): boolean {
  return error.codeName === 'ConversionFailure';
}
