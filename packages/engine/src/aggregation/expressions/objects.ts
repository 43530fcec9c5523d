// $getField, $setField, $unsetField, $bsonSize, $binarySize. Source: the manual's pages of the same names.
import { BsonType } from '../../bson/types.js';
import { elements, getField } from '../../bson/reader.js';
import { int32Value, nullValue, objectValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import type { Expression } from '../expression.js';
import { isNullish, type CompileContext, type OperatorCompiler } from './compile-context.js';
import { derivedExpression } from './derive.js';
import { namedArguments, typeNameOf, unary, type NamedArgumentRules } from './operands.js';

/** `{$getField: 'name'}` reads of `$$CURRENT`; names with dots and dollars are what it is for. */
export const getFieldOperator: OperatorCompiler = (argument, context) => {
  const { field, input } = parseGetField(argument, context);
  return derivedExpression(input === undefined ? [field, currentDocument] : [field, input], (scope) => {
    const name = field.evaluate(scope);
    if (name?.type !== BsonType.string) {
      throw new CommandError(3041704, `$getField requires 'field' to evaluate to type String, but got ${typeNameOf(name)}`);
    }
    const parent = input === undefined ? scope.current : input.evaluate(scope);
    if (isNullish(parent)) return parent === undefined ? undefined : nullValue;
    return parent.type === BsonType.object ? getField(parent, name.string()) : undefined;
  });
};

const currentDocument: Expression = { evaluate: (scope) => scope.current, dependencies: undefined };

function parseGetField(argument: RawValue, context: CompileContext): { readonly field: Expression; readonly input: Expression | undefined } {
  const isNamed = argument.type === BsonType.object && !isOperatorObject(argument);
  if (!isNamed) return { field: context.compile(argument), input: undefined };
  let field: RawValue | undefined;
  let input: RawValue | undefined;
  for (const [name, value] of elements(argument)) {
    if (name === 'field') field = value;
    else if (name === 'input') input = value;
    else throw new CommandError(3041701, `$getField found an unknown argument: ${name}`);
  }
  if (field === undefined) throw new CommandError(3041702, "$getField requires 'field' to be specified");
  if (input === undefined) throw new CommandError(3041703, "$getField requires 'input' to be specified");
  return { field: context.compile(field), input: context.compile(input) };
}

function isOperatorObject(value: RawValue): boolean {
  for (const [name] of elements(value)) return name.startsWith('$');
  return false;
}

const setRules: NamedArgumentRules<'field' | 'input' | 'value', never> = {
  required: ['field', 'input', 'value'],
  optional: [],
  notObject: (name, type) => new CommandError(4161100, `${name} only supports an object as its argument, but got ${type}`),
  unknown: (name, field) => new CommandError(4161101, `${name} found an unknown argument: ${field}`),
  missing: (name, field) => new CommandError(missingCodes[field] ?? 4161102, `${name} requires '${field}' to be specified`),
};
const missingCodes: Readonly<Record<string, number>> = { field: 4161102, value: 4161103, input: 4161109 };
const unsetRules: NamedArgumentRules<'field' | 'input', never> = { ...setRules, required: ['field', 'input'] };

export const setField: OperatorCompiler = (argument, context, name) => {
  const given = namedArguments(name, argument, setRules);
  return settingField(name, constantName(given.get('field')!, context, name), context.compile(given.get('input')!), context.compile(given.get('value')!));
};

export const unsetField: OperatorCompiler = (argument, context, name) => {
  const given = namedArguments(name, argument, unsetRules);
  return settingField(name, constantName(given.get('field')!, context, name), context.compile(given.get('input')!), undefined);
};

/** A missing value removes the field. */
function settingField(name: string, field: string, input: Expression, value: Expression | undefined): Expression {
  return derivedExpression(value === undefined ? [input] : [input, value], (scope) => {
    const parent = input.evaluate(scope);
    if (isNullish(parent)) return nullValue;
    if (parent.type !== BsonType.object) {
      throw new CommandError(4161105, `${name} requires 'input' to evaluate to type Object`);
    }
    const fields = new Map(elements(parent));
    const result = value?.evaluate(scope);
    if (result === undefined) fields.delete(field);
    else fields.set(field, result);
    return objectValue(fields);
  });
}

/** A name written out, or one in `$literal`: nothing that would have to be reckoned first, even where it could be. */
function constantName(value: RawValue, context: CompileContext, name: string): string {
  if (value.type === BsonType.string && value.string().startsWith('$')) {
    throw new CommandError(4161108, `'A field path reference which is not allowed in this context. Did you mean {$literal: '${value.string()}'}?`);
  }
  const { constant } = context.compile(value);
  if (constant === undefined || !isWrittenOut(value)) {
    throw new CommandError(4161106, `${name} requires 'field' to evaluate to a constant, but got a non-constant argument`);
  }
  if (constant.type !== BsonType.string) {
    throw new CommandError(4161107, `${name} requires 'field' to evaluate to type String, but got ${typeNameOf(constant)}`);
  }
  const field = constant.string();
  if (field.includes('\0')) throw new CommandError(9423101, `${name} requires 'field' to contain no null byte`);
  return field;
}

function isWrittenOut(value: RawValue): boolean {
  if (value.type === BsonType.array) return false;
  if (value.type !== BsonType.object) return true;
  return [...elements(value)].every(([operator]) => operator === '$literal' || operator === '$const') && isOperatorObject(value);
}

export const bsonSize = unary((value) => {
  if (isNullish(value)) return nullValue;
  if (value.type !== BsonType.object) throw new CommandError(31393, `$bsonSize requires a document input, found: ${typeNameOf(value)}`);
  return int32Value(value.end - value.start);
});

export const binarySize = unary((value) => {
  if (isNullish(value)) return nullValue;
  if (value.type === BsonType.string) return int32Value(value.end - value.start - 5);
  if (value.type === BsonType.binData) return int32Value(value.end - value.start - 5);
  throw new CommandError(51276, `$binarySize requires a string or BinData argument, found: ${typeNameOf(value)}`);
});
