// $bucketAuto: a given number of buckets of about equal size. Source: the manual's page "$bucketAuto (aggregation)".
import { asDouble } from '../../bson/conversion.js';
import { compareValues } from '../../bson/compare.js';
import { BsonType, isNumericType } from '../../bson/types.js';
import { elements } from '../../bson/reader.js';
import { doubleValue, nullValue, objectValue } from '../../bson/values.js';
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { describeValue } from '../describe-value.js';
import type { Expression, Scope } from '../expression.js';
import { documentScope } from '../expressions/compile-context.js';
import { expressionContext } from '../expressions/compile-expression.js';
import { typeNameOf } from '../expressions/operands.js';
import { wholeInt32 } from '../expressions/whole-operand.js';
import type { Collation } from '../../bson/collation.js';
import { breather } from '../external-sort.js';
import { pause, type Stage, type StageContext } from '../stage.js';
import { compileGroupByExpression, compileOutput } from './bucket.js';
import { granularityNamed, type Granularity } from './granularity.js';
import { groupDocument, startStates, type GroupField } from './group.js';
import { inSteps, streamStage } from './lazy.js';
import { stageBudget, type MemoryBudget } from './memory-budget.js';
import { sortedRows } from './sorted-rows.js';
import type { StageCompileContext } from './stage-compiler.js';

interface BucketAuto {
  readonly groupBy: Expression;
  readonly count: number;
  readonly fields: readonly GroupField[];
  readonly granularity: Granularity | undefined;
}

export function compileBucketAuto(specification: RawValue, context: StageCompileContext): Stage {
  const options = parseBucketAuto(specification, context);
  return streamStage('$bucketAuto', (input, run) => bucketAll(input, options, run, context), { passesPauses: true });
}

function parseBucketAuto(specification: RawValue, context: StageCompileContext): BucketAuto {
  if (specification.type !== BsonType.object) {
    throw new CommandError(40240, `The argument to $bucketAuto must be an object, but found type: ${typeNameOf(specification)}.`);
  }
  const expressions = expressionContext(context.environment);
  const given = new Map(elements(specification));
  for (const option of given.keys()) {
    if (!['groupBy', 'buckets', 'output', 'granularity'].includes(option)) throw new CommandError(40245, `Unrecognized option to $bucketAuto: ${option}.`);
  }
  const groupBy = given.get('groupBy');
  const buckets = given.get('buckets');
  if (groupBy === undefined || buckets === undefined) throw new CommandError(40246, "$bucketAuto requires 'groupBy' and 'buckets' to be specified.");
  const fields = compileOutput(given.get('output'), expressions, '$bucketAuto', 40244);
  // The buckets are known when all documents have been seen: until then there is no key to refer to.
  if (fields.some(({ accumulator }) => accumulator.needsGroup === true)) throw new CommandError(4544714, "Can't refer to the group key in $bucketAuto");
  return {
    groupBy: compileGroupByExpression(groupBy, expressions, '$bucketAuto', 40239),
    count: bucketCount(buckets),
    fields,
    granularity: parseGranularity(given.get('granularity')),
  };
}

function bucketCount(value: RawValue): number {
  if (!isNumericType(value.type)) {
    throw new CommandError(40241, `The $bucketAuto 'buckets' field must be a numeric value, but found type: ${typeNameOf(value)}.`);
  }
  const count = wholeInt32(value);
  if (count === undefined) {
    throw new CommandError(40242, `The $bucketAuto 'buckets' field must be representable as a 32-bit integer, but found ${describeValue(value)}.`);
  }
  if (count <= 0) throw new CommandError(40243, `The $bucketAuto 'buckets' field must be greater than 0, but found: ${count}.`);
  return count;
}

function parseGranularity(value: RawValue | undefined): Granularity | undefined {
  if (value === undefined) return undefined;
  if (value.type !== BsonType.string) {
    throw new CommandError(40261, `The $bucketAuto 'granularity' field must be a string, but found type: ${typeNameOf(value)}.`);
  }
  return granularityNamed(value.string());
}

interface Entry {
  readonly value: RawValue;
  readonly scope: Scope;
}

function* bucketAll(input: Iterable<RawDocument>, options: BucketAuto, run: StageContext, context: StageCompileContext): Generator<RawDocument> {
  const { collation } = context.environment;
  const budget = stageBudget('$bucketAuto', run);
  try {
    const gathered = yield* gather(input, options, budget);
    const entries = yield* sortedRows(gathered, (a, b) => compareValues(a.value, b.value, collation), run);
    yield* makeBuckets(entries, options, collation, run);
  } finally {
    budget.close();
  }
}

function* gather(input: Iterable<RawDocument>, { groupBy, granularity }: BucketAuto, budget: MemoryBudget): Generator<RawDocument, readonly Entry[]> {
  const entries: Entry[] = [];
  for (const document of input) {
    if (document === pause) {
      yield pause;
      continue;
    }
    budget.add(document.length + 100);
    const scope = documentScope(documentValue(document));
    const value = groupBy.evaluate(scope) ?? nullValue;
    if (granularity !== undefined) requireRoundable(value);
    entries.push({ value, scope });
  }
  return entries;
}

function requireRoundable(value: RawValue): void {
  if (!isNumericType(value.type)) {
    throw new CommandError(40258, `$bucketAuto can specify a granularity with numeric boundaries only, but found a value with type: ${typeNameOf(value)}.`);
  }
  const number = asDouble(value);
  if (Number.isNaN(number)) throw new CommandError(40259, '$bucketAuto can specify a granularity with numeric boundaries only, but found a NaN');
  if (number < 0) {
    throw new CommandError(40260, `$bucketAuto can specify a granularity with non-negative numbers only, but found a negative number: ${describeValue(value)}`);
  }
}

function* makeBuckets(entries: readonly Entry[], { count, fields, granularity }: BucketAuto, collation: Collation | undefined, run: StageContext): Generator<RawDocument> {
  const size = Math.max(1, Math.round(entries.length / count));
  let start = 0;
  let lower: RawValue | undefined;
  for (let bucket = 0; bucket < count && start < entries.length; bucket += 1) {
    const filled = bucket === count - 1 ? entries.length : Math.min(start + size, entries.length);
    const { end, upper } = granularity === undefined ? wholeGroups(entries, filled, collation) : rounded(entries, filled, granularity);
    const first = entries[start]!.value;
    const min = granularity === undefined ? first : (lower ?? doubleValue(granularity.below(asDouble(first))));
    yield* bucketDocument(entries.slice(start, end), objectValue([['min', min], ['max', upper]]), fields, run);
    lower = upper;
    start = end;
  }
}

/** Documents of one value stay together; the bucket ends where the next begins, the last with its own greatest value. */
function wholeGroups(entries: readonly Entry[], filled: number, collation: Collation | undefined): { readonly end: number; readonly upper: RawValue } {
  let end = filled;
  const greatest = entries[filled - 1]!.value;
  while (end < entries.length && compareValues(entries[end]!.value, greatest, collation) === 0) end += 1;
  return { end, upper: entries[end]?.value ?? greatest };
}

/** The bucket ends at a member of the series, and takes in what lies below that. */
function rounded(entries: readonly Entry[], filled: number, granularity: Granularity): { readonly end: number; readonly upper: RawValue } {
  const boundary = granularity.above(asDouble(entries[filled - 1]!.value));
  let end = filled;
  while (end < entries.length && (asDouble(entries[end]!.value) < boundary || asDouble(entries[end]!.value) === asDouble(entries[filled - 1]!.value))) end += 1;
  const next = entries[end];
  return { end, upper: doubleValue(boundary === 0 && next !== undefined ? granularity.below(asDouble(next.value)) : boundary) };
}

function* bucketDocument(entries: readonly Entry[], id: RawValue, fields: readonly GroupField[], run: StageContext): Generator<RawDocument> {
  const states = startStates(id, fields);
  for (const entry of inSteps(entries, run)) {
    if (entry === breather) yield pause;
    else for (const state of states) state.add(entry.scope);
  }
  yield groupDocument(id, fields, states);
}
