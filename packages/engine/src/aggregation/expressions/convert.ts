// $convert, $type, $isNumber and the $toX short forms. Source: the manual's page "$convert".
import { wholeNumber } from '../../bson/integers.js';
import { BsonType, bsonTypeName, isNumericType, type BsonTypeName } from '../../bson/types.js';
import { elements } from '../../bson/reader.js';
import { booleanValue, int32Value, nullValue, stringValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { describeValue } from '../describe-value.js';
import type { Expression, Scope } from '../expression.js';
import { isBinaryFormat, type BinaryFormat } from './binary-text.js';
import { isNullish, type OperatorCompiler, type Value } from './compile-context.js';
import { convertValue, type ConversionTarget } from './conversions.js';
import { derivedExpression } from './derive.js';
import { compileOperandList, namedArguments, typeNameOf, unary, type NamedArgumentRules } from './operands.js';

export const typeOperator = unary((value) => stringValue(typeNameOf(value)));
export const isNumber = unary((value) => booleanValue(value !== undefined && isNumericType(value.type)));

const failed = (message: string): CommandError => new CommandError('FailedToParse', message);

const rules: NamedArgumentRules<'input' | 'to', 'onError' | 'onNull' | 'format'> = {
  required: ['input', 'to'],
  optional: ['onError', 'onNull', 'format'],
  notObject: (name, type) => failed(`${name} expects an object of named arguments but found: ${type}`),
  unknown: (name, field) => failed(`${name} found an unknown argument: ${field}`),
  missing: (name, field) => failed(`Missing '${field}' parameter to ${name}`),
};

export const convert: OperatorCompiler = (argument, context, name) => {
  const compiled = new Map([...namedArguments(name, argument, rules)].map(([field, value]) => [field, context.compile(value)]));
  const input = compiled.get('input')!;
  const to = compiled.get('to')!;
  const format = compiled.get('format');
  const onError = compiled.get('onError');
  return derivedExpression([...compiled.values()], (scope) => {
    const target = targetOf(to.evaluate(scope));
    const value = input.evaluate(scope);
    if (isNullish(value)) return orNull(compiled.get('onNull'), scope);
    if (target === undefined) return nullValue;
    const text = formatOf(format?.evaluate(scope));
    return guarded(() => convertValue(value, target, text), onError, scope);
  });
};

function orNull(expression: Expression | undefined, scope: Scope): Value {
  return expression === undefined ? nullValue : expression.evaluate(scope);
}

function guarded(attempt: () => RawValue, onError: Expression | undefined, scope: Scope): Value {
  try {
    return attempt();
  } catch (error) {
    if (onError !== undefined && error instanceof CommandError && error.codeName === 'ConversionFailure') return onError.evaluate(scope);
    throw error;
  }
}

/** A type by name or number, or `{type, subtype}`; undefined where it is null. */
function targetOf(to: Value): ConversionTarget | undefined {
  if (isNullish(to)) return undefined;
  if (to.type !== BsonType.object) return { type: typeOf(to), subtype: undefined };
  let type: RawValue | undefined;
  let subtype: RawValue | undefined;
  for (const [field, value] of elements(to)) {
    if (field === 'type') type = value;
    else if (field === 'subtype') subtype = value;
    else throw failed(`In $convert, unrecognized field of 'to': ${field}`);
  }
  if (type === undefined) throw failed("Missing 'type' parameter to $convert");
  return isNullish(type) ? undefined : { type: typeOf(type), subtype };
}

function typeOf(value: RawValue): ConversionTarget['type'] {
  if (value.type === BsonType.string) {
    const name = value.string() as ConversionTarget['type'];
    if (!(name in BsonType) && name !== 'missing') throw new CommandError('BadValue', `Unknown type name: ${name}`);
    return name;
  }
  if (!isNumericType(value.type)) throw failed(`$convert's 'to' argument must be a string or number, but is ${typeNameOf(value)}`);
  const number = wholeNumber(value);
  const name = number === undefined ? undefined : bsonTypeName(number & 0xff);
  if (number === undefined) throw failed("In $convert, numeric 'to' argument is not an integer");
  if (name === undefined) throw failed(`In $convert, numeric value for 'to' does not correspond to a BSON type: ${number}`);
  return name;
}

/** Looked at whether or not the conversion needs it. */
function formatOf(value: Value): BinaryFormat | undefined {
  if (isNullish(value)) return undefined;
  if (value.type !== BsonType.string) {
    throw new CommandError(4341114, `$convert requires that 'format' be a string, found: ${typeNameOf(value)} with value ${describeValue(value)}`);
  }
  const format = value.string();
  if (!isBinaryFormat(format)) throw new CommandError(4341125, `Invalid 'format' argument for $convert: ${format}`);
  return format;
}

/** `{$toInt: x}` and its like. */
function shortForm(type: BsonTypeName, subtype?: number, format?: BinaryFormat): OperatorCompiler {
  const target = { type, subtype: subtype === undefined ? undefined : int32Value(subtype) };
  return (argument, context, name) => {
    const operands = compileOperandList(argument, context);
    const [operand] = operands;
    if (operand === undefined || operands.length > 1) throw new CommandError(50723, `${name} requires a single argument, got ${operands.length}`);
    return derivedExpression([operand], (scope) => {
      const value = operand.evaluate(scope);
      return isNullish(value) ? nullValue : convertValue(value, target, format);
    });
  };
}

export const toBool = shortForm('bool');
export const toDate = shortForm('date');
export const toDecimal = shortForm('decimal');
export const toDouble = shortForm('double');
export const toInt = shortForm('int');
export const toLong = shortForm('long');
export const toObjectId = shortForm('objectId');
export const toStringOperator = shortForm('string', undefined, 'auto');
export const toUUID = shortForm('binData', 4, 'uuid');
