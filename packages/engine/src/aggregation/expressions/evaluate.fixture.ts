// Evaluates expressions written as JavaScript values, for tests.
import { BSON, type Document } from 'bson';
import { documentValue, type RawValue } from '../../bson/raw-value.js';
import { documentOf, encodeDocument } from '../../bson/values.js';
import { getDocumentField } from '../../bson/reader.js';
import { environmentOf } from '../../query/query-environment.fixture.js';
import { CommandError } from '../../errors.js';
import type { QueryEnvironment } from '../../query/environment.js';
import { documentScope } from './compile-context.js';
import { compileExpression } from './compile-expression.js';

/** Stands for a missing value in expectations. */
export const missing = Symbol('missing');

/** The value of an expression about a document as a RawValue, or undefined where it is missing. */
function evaluateRaw(expression: unknown, document: Document = {}, environment: QueryEnvironment = environmentOf()): RawValue | undefined {
  const value = getDocumentField(encodeDocument({ value: expression }), 'value')!;
  return compileExpression(value, environment).evaluate(documentScope(documentValue(encodeDocument(document))));
}

/** The value of an expression as a JavaScript value. */
export function evaluate(expression: unknown, document: Document = {}, environment?: QueryEnvironment): unknown {
  const result = evaluateRaw(expression, document, environment);
  if (result === undefined) return missing;
  return BSON.deserialize(documentOf([['value', result]]), { promoteBuffers: true }).value as unknown;
}

/** The value of an expression as canonical Extended JSON, which tells types of numbers apart. */
export function evaluateTyped(expression: unknown, document: Document = {}, environment?: QueryEnvironment): unknown {
  const result = evaluateRaw(expression, document, environment);
  if (result === undefined) return missing;
  const decoded: unknown = BSON.deserialize(documentOf([['value', result]]), { promoteValues: false }).value;
  return (BSON.EJSON.serialize({ value: decoded }, { relaxed: false }) as { value: unknown }).value;
}

/** The code and the words of the error that an expression ends in; undefined where it has a value. */
export function failure(expression: unknown, document: Document = {}): string | undefined {
  try {
    evaluateRaw(expression, document);
    return undefined;
  } catch (error) {
    if (error instanceof CommandError) return `${error.code} ${error.message}`;
    throw error;
  }
}
