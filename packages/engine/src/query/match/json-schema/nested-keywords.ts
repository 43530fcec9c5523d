// Keywords that hold schemas: of properties, of items, and their combinations. Source: the manual's "$jsonSchema".
import { getField, ElementReader } from '../../../bson/reader.js';
import type { RawValue } from '../../../bson/raw-value.js';
import { BsonType } from '../../../bson/types.js';
import { CommandError } from '../../../errors.js';
import type { BoundedExpression } from '../../../regular-expressions/bounded-expression.js';
import { translateRegex } from '../regex-translation.js';
import { arrayOperand, nameListOperand, objectOperand, ofTypes, type SchemaCompiler, type SchemaKeyword, type SchemaTest } from './keyword.js';

type NamedTest = readonly [name: string, test: SchemaTest];
type PatternTest = readonly [pattern: BoundedExpression, test: SchemaTest];

function everyField(value: RawValue, test: (name: string, field: RawValue) => boolean): boolean {
  const reader = ElementReader.of(value);
  while (reader.next()) if (!test(reader.name(), reader.value())) return false;
  return true;
}

function propertyTests(operand: RawValue | undefined, compiler: SchemaCompiler): readonly NamedTest[] {
  if (operand === undefined) return [];
  return objectOperand('properties', operand).map(([name, schema]) => [name, compiler.compile(schema, `properties.${name}`)] as const);
}

function patternTests(operand: RawValue | undefined, compiler: SchemaCompiler): readonly PatternTest[] {
  if (operand === undefined) return [];
  return objectOperand('patternProperties', operand).map(
    ([pattern, schema]) => [translateRegex(pattern, ''), compiler.compile(schema, `patternProperties.${pattern}`)] as const,
  );
}

const properties: SchemaKeyword = (operand, _schema, compiler) => {
  const tests = propertyTests(operand, compiler).map(([name, test]) => [Buffer.from(name, 'utf8'), test] as const);
  return ofTypes([BsonType.object], (value) =>
    tests.every(([name, test]) => {
      const field = fieldByBytes(value, name);
      return field === undefined || test(field);
    }),
  );
};

function fieldByBytes(value: RawValue, name: Buffer): RawValue | undefined {
  const reader = ElementReader.of(value);
  while (reader.next()) if (reader.nameEquals(name)) return reader.value();
  return undefined;
}

const patternProperties: SchemaKeyword = (operand, _schema, compiler) => {
  const tests = patternTests(operand, compiler);
  return ofTypes([BsonType.object], (value) => everyField(value, (name, field) => tests.every(([pattern, test]) => !pattern.test(name) || test(field))));
};

/** A boolean or a schema: what fields and items may be that nothing else is said about. */
function restTest(keyword: string, operand: RawValue, compiler: SchemaCompiler): SchemaTest | undefined {
  if (operand.type === BsonType.bool) return operand.boolean() ? undefined : () => false;
  if (operand.type !== BsonType.object) throw new CommandError('TypeMismatch', `$jsonSchema keyword '${keyword}' must be either an object or a boolean`);
  return compiler.compile(operand, keyword);
}

const additionalProperties: SchemaKeyword = (operand, schema, compiler) => {
  const test = restTest('additionalProperties', operand, compiler);
  if (test === undefined) return undefined;
  const names = new Set(propertyTests(getField(schema, 'properties'), compiler).map(([name]) => name));
  const patterns = patternTests(getField(schema, 'patternProperties'), compiler).map(([pattern]) => pattern);
  const isNamed = (name: string): boolean => names.has(name) || patterns.some((pattern) => pattern.test(name));
  return ofTypes([BsonType.object], (value) => everyField(value, (name, field) => isNamed(name) || test(field)));
};

const required: SchemaKeyword = (operand) => {
  const names = nameListOperand('required', operand).map((name) => Buffer.from(name, 'utf8'));
  return ofTypes([BsonType.object], (value) => names.every((name) => fieldByBytes(value, name) !== undefined));
};

function dependency(name: string, operand: RawValue, compiler: SchemaCompiler): SchemaTest {
  if (operand.type === BsonType.object) return compiler.compile(operand, `dependencies.${name}`);
  const names = nameListOperand('dependencies', operand);
  return (value) => names.every((needed) => getField(value, needed) !== undefined);
}

const dependencies: SchemaKeyword = (operand, _schema, compiler) => {
  const tests = objectOperand('dependencies', operand).map(([name, value]) => [name, dependency(name, value, compiler)] as const);
  return ofTypes([BsonType.object], (value) => tests.every(([name, test]) => getField(value, name) === undefined || test(value)));
};

function everyItem(value: RawValue, test: (item: RawValue, index: number) => boolean): boolean {
  const reader = ElementReader.of(value);
  for (let index = 0; reader.next(); index += 1) if (!test(reader.value(), index)) return false;
  return true;
}

const items: SchemaKeyword = (operand, _schema, compiler) => {
  if (operand.type === BsonType.object) {
    const test = compiler.compile(operand, 'items');
    return ofTypes([BsonType.array], (value) => everyItem(value, test));
  }
  if (operand.type !== BsonType.array) throw new CommandError('TypeMismatch', "$jsonSchema keyword 'items' must be an array or an object");
  const tests = arrayOperand('items', operand).map((schema, index) => compiler.compile(schema, `items.${index}`));
  return ofTypes([BsonType.array], (value) => everyItem(value, (item, index) => tests[index]?.(item) ?? true));
};

/** About the items behind those that an array of `items` names. */
const additionalItems: SchemaKeyword = (operand, schema, compiler) => {
  const test = restTest('additionalItems', operand, compiler);
  const named = getField(schema, 'items');
  if (test === undefined || named?.type !== BsonType.array) return undefined;
  const count = arrayOperand('items', named).length;
  return ofTypes([BsonType.array], (value) => everyItem(value, (item, index) => index < count || test(item)));
};

function combination(keyword: string, accepts: (tests: readonly SchemaTest[], value: RawValue) => boolean): SchemaKeyword {
  return (operand, _schema, compiler) => {
    const tests = arrayOperand(keyword, operand).map((schema) => compiler.compile(schema, keyword));
    return (value) => accepts(tests, value);
  };
}

const not: SchemaKeyword = (operand, _schema, compiler) => {
  const test = compiler.compile(operand, 'not');
  return (value) => !test(value);
};

export const nestedKeywords: Readonly<Record<string, SchemaKeyword>> = {
  properties,
  patternProperties,
  additionalProperties,
  required,
  dependencies,
  items,
  additionalItems,
  allOf: combination('allOf', (tests, value) => tests.every((test) => test(value))),
  anyOf: combination('anyOf', (tests, value) => tests.some((test) => test(value))),
  oneOf: combination('oneOf', (tests, value) => tests.filter((test) => test(value)).length === 1),
  not,
};
