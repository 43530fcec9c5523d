// $bucket: groups by ranges of a value. Source: the manual's page "$bucket (aggregation)"; codes as the server gives them.
import { compareValues } from '../../bson/compare.js';
import { isSameTypeClass } from '../../bson/type-order.js';
import { BsonType } from '../../bson/types.js';
import { arrayValues, elements, getDocumentField } from '../../bson/reader.js';
import { int32Value, objectValue, undefinedValue } from '../../bson/values.js';
import type { RawDocument, RawValue } from '../../bson/raw-value.js';
import type { Collation } from '../../bson/collation.js';
import { CommandError } from '../../errors.js';
import { describeValue } from '../describe-value.js';
import type { Expression } from '../expression.js';
import type { CompileContext } from '../expressions/compile-context.js';
import { expressionContext } from '../expressions/compile-expression.js';
import { derivedExpression } from '../expressions/derive.js';
import { typeNameOf } from '../expressions/operands.js';
import { pause, type Stage } from '../stage.js';
import { compileGroupField, groupBy, groupReads, type GroupField } from './group.js';
import { streamStage } from './lazy.js';
import type { StageCompileContext } from './stage-compiler.js';

export function compileBucket(specification: RawValue, context: StageCompileContext): Stage {
  if (specification.type !== BsonType.object) {
    throw new CommandError(40201, `Argument to $bucket stage must be an object, but found type: ${typeNameOf(specification)}.`);
  }
  const expressions = expressionContext(context.environment);
  const { collation } = context.environment;
  const given = optionsOf(specification);
  const groupByOption = given.get('groupBy');
  const boundariesOption = given.get('boundaries');
  if (groupByOption === undefined || boundariesOption === undefined) {
    throw new CommandError(40198, "$bucket requires 'groupBy' and 'boundaries' to be specified.");
  }
  const value = compileGroupByExpression(groupByOption, expressions, '$bucket', 40202);
  const boundaries = parseBoundaries(boundariesOption, expressions, collation);
  const fallback = parseDefault(given.get('default'), boundaries, expressions, collation);
  const fields = compileOutput(given.get('output'), expressions, '$bucket', 40196);
  const key = bucketKey(value, boundaries, fallback, collation);
  return streamStage('$bucket', (input, run) => sortedBuckets(groupBy('$bucket', input, key, fields, run, context), collation), { passesPauses: true, reads: groupReads(key, fields) });
}

function optionsOf(specification: RawValue): ReadonlyMap<string, RawValue> {
  const given = new Map(elements(specification));
  for (const option of given.keys()) {
    if (!['groupBy', 'boundaries', 'default', 'output'].includes(option)) throw new CommandError(40197, `Unrecognized option to $bucket: ${option}.`);
  }
  return given;
}

/** A path or an operator, not a constant. */
export function compileGroupByExpression(value: RawValue, expressions: CompileContext, name: string, code: number): Expression {
  const isPath = value.type === BsonType.string && value.string().startsWith('$');
  const isOperator = value.type === BsonType.object && [...elements(value)][0]?.[0].startsWith('$') === true;
  if (!isPath && !isOperator) {
    throw new CommandError(code, `The ${name} 'groupBy' field must be defined as a $-prefixed path or an expression, but found: ${describeValue(value)}.`);
  }
  return expressions.compile(value);
}

/** The `output` fields; a count where none are given. */
export function compileOutput(output: RawValue | undefined, expressions: CompileContext, name: string, code: number): readonly GroupField[] {
  if (output === undefined) return [compileGroupField('count', objectValue([['$sum', int32Value(1)]]), expressions)];
  if (output.type !== BsonType.object) {
    throw new CommandError(code, `The ${name} 'output' field must be an object, but found type: ${typeNameOf(output)}.`);
  }
  return [...elements(output)].map(([field, accumulator]) => compileGroupField(field, accumulator, expressions));
}

function parseBoundaries(value: RawValue, expressions: CompileContext, collation: Collation | undefined): readonly RawValue[] {
  if (value.type !== BsonType.array) {
    throw new CommandError(40200, `The $bucket 'boundaries' field must be an array, but found type: ${typeNameOf(value)}.`);
  }
  const boundaries = arrayValues(value).map((item) => {
    const { constant } = expressions.compile(item);
    if (constant === undefined) {
      throw new CommandError(40191, `The $bucket 'boundaries' field must be an array of constant values, but found value: ${describeValue(item)}.`);
    }
    return constant;
  });
  if (boundaries.length < 2) {
    throw new CommandError(40192, `The $bucket 'boundaries' field must have at least 2 values, but found ${boundaries.length} value(s).`);
  }
  boundaries.slice(1).forEach((upper, index) => checkAscending(boundaries[index]!, upper, index, collation));
  return boundaries;
}

function checkAscending(lower: RawValue, upper: RawValue, index: number, collation: Collation | undefined): void {
  if (!isSameTypeClass(lower.type, upper.type)) {
    throw new CommandError(40193, `All values in the the 'boundaries' option to $bucket must have the same type. Found conflicting types ${typeNameOf(lower)} and ${typeNameOf(upper)}.`);
  }
  if (compareValues(lower, upper, collation) >= 0) {
    throw new CommandError(
      40194,
      `The 'boundaries' option to $bucket must be sorted, but elements ${index} and ${index + 1} are not in ascending order (${describeValue(lower)} is not less than ${describeValue(upper)}).`,
    );
  }
}

function parseDefault(value: RawValue | undefined, boundaries: readonly RawValue[], expressions: CompileContext, collation: Collation | undefined): RawValue | undefined {
  if (value === undefined) return undefined;
  const { constant } = expressions.compile(value);
  if (constant === undefined) throw new CommandError(40195, `The $bucket 'default' field must be a constant value, but found: ${describeValue(value)}.`);
  const isInside = compareValues(constant, boundaries[0]!, collation) >= 0 && compareValues(constant, boundaries.at(-1)!, collation) < 0;
  if (isInside) {
    throw new CommandError(40199, "The $bucket 'default' field must be less than the lowest boundary or greater than or equal to the highest boundary.");
  }
  return constant;
}

/** The lower boundary of the bucket that a value falls into, else the default. */
function bucketKey(value: Expression, boundaries: readonly RawValue[], fallback: RawValue | undefined, collation: Collation | undefined): Expression {
  return derivedExpression([value], (scope) => {
    const found = value.evaluate(scope) ?? undefinedValue;
    const above = boundaries.findIndex((boundary) => compareValues(found, boundary, collation) < 0);
    if (above > 0) return boundaries[above - 1];
    if (fallback !== undefined) return fallback;
    throw new CommandError(7158303, '$switch could not find a matching branch for an input, and no default was specified.');
  });
}

/** There are no more groups than boundaries. */
function* sortedBuckets(groups: Iterable<RawDocument>, collation: Collation | undefined): Generator<RawDocument> {
  const idOf = (document: RawDocument): RawValue => getDocumentField(document, '_id')!;
  const buckets: RawDocument[] = [];
  for (const document of groups) {
    if (document === pause) yield pause;
    else buckets.push(document);
  }
  yield* buckets.sort((a, b) => compareValues(idOf(a), idOf(b), collation));
}
