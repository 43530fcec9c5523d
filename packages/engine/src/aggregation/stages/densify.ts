// $densify: documents for the values of a field that are missing from a regular sequence.
// Source: the manual's page "$densify (aggregation)".
import { add, multiply } from '../../bson/arithmetic.js';
import { canonicalKey } from '../../bson/canonical-key.js';
import { asDouble } from '../../bson/conversion.js';
import { compareValues } from '../../bson/compare.js';
import { BsonType, isNumericType } from '../../bson/types.js';
import { emptyDocument } from '../../bson/writer.js';
import { arrayValue, int32Value, undefinedValue } from '../../bson/values.js';
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import type { Value } from '../expressions/compile-context.js';
import { instantValue } from '../expressions/date-operands.js';
import { addUnits } from '../expressions/date-steps.js';
import { encodeNames, valueAtPath } from '../expressions/field-path.js';
import { utc } from '../expressions/time-zone.js';
import { pause, type Stage, type StageContext } from '../stage.js';
import { parseDensify, type Densify } from './densify-specification.js';
import { streamStage } from './lazy.js';
import { stageBudget, type MemoryBudget } from './memory-budget.js';
import { sortedRows } from './sorted-rows.js';
import { setPath } from './set-path.js';

export function compileDensify(specification: RawValue): Stage {
  const densify = parseDensify(specification);
  return streamStage('$densify', (input, run) => densifyAll(input, densify, run), { passesPauses: true });
}

interface Entry {
  readonly document: RawDocument;
  /** undefined: missing or null, which is passed on. */
  readonly value: RawValue | undefined;
}

interface Partition {
  /** The values of the partition's fields. */
  readonly key: readonly Value[];
  readonly entries: readonly Entry[];
}

interface GrowingPartition extends Partition {
  readonly entries: Entry[];
}

/** Values that lie on the sequence, from `lower` on; `upper` belongs to it or not. */
interface Span {
  readonly lower: RawValue;
  readonly upper: RawValue;
  readonly isUpperIncluded: boolean;
}

const mostGenerated = 500_000;

function* densifyAll(input: Iterable<RawDocument>, densify: Densify, run: StageContext): Generator<RawDocument> {
  const budget = stageBudget('$densify', run);
  try {
    const partitions = yield* gather(input, densify, budget);
    const everything = partitions.flatMap(({ entries }) => entries);
    if (partitions.length === 0 && densify.partitionBy.length === 0) partitions.push({ key: [], entries: [] });
    const count = { generated: 0 };
    for (const { key, entries } of partitions) {
      const span = spanOf(densify, densify.bounds === 'full' ? everything : entries);
      const sorted = yield* sortedRows(entries, (a, b) => compareValues(a.value ?? undefinedValue, b.value ?? undefinedValue), run);
      yield* densifyPartition({ key, entries: sorted }, densify, span, count);
    }
  } finally {
    budget.close();
  }
}

function* gather(input: Iterable<RawDocument>, densify: Densify, budget: MemoryBudget): Generator<RawDocument, GrowingPartition[]> {
  const fieldNames = encodeNames(densify.field.split('.'));
  const partitionNames = densify.partitionBy.map((path) => encodeNames(path.split('.')));
  const partitions = new Map<string, GrowingPartition>();
  for (const document of input) {
    if (document === pause) {
      yield pause;
      continue;
    }
    budget.add(document.length + 100);
    const root = documentValue(document);
    const key = partitionNames.map((names) => valueAtPath(root, names, 0));
    const text = canonicalKey(arrayValue(key.map((value) => value ?? undefinedValue)));
    let partition = partitions.get(text);
    if (partition === undefined) partitions.set(text, (partition = { key, entries: [] }));
    partition.entries.push({ document, value: checkedValue(valueAtPath(root, fieldNames, 0), densify) });
  }
  return [...partitions.values()].sort((a, b) => compareKeys(a.key, b.key));
}

function compareKeys(a: readonly Value[], b: readonly Value[]): number {
  return compareValues(arrayValue(a.map((value) => value ?? undefinedValue)), arrayValue(b.map((value) => value ?? undefinedValue)));
}

function checkedValue(value: Value, { unit }: Densify): RawValue | undefined {
  if (value === undefined || value.isNullish()) return undefined;
  if (value.type !== BsonType.date && !isNumericType(value.type)) {
    throw new CommandError(5733201, 'Densify field type must be numeric or a date');
  }
  if (unit === undefined && value.type === BsonType.date) {
    throw new CommandError(6053601, 'Encountered date densify value in collection when step does not have a date unit.');
  }
  if (unit !== undefined && value.type !== BsonType.date) {
    throw new CommandError(6053600, 'Encountered numeric densify value in collection when step has a date unit.');
  }
  return value;
}

/** From the least to the greatest value of these entries, or as given; undefined where there is no value at all. */
function spanOf({ bounds }: Densify, entries: readonly Entry[]): Span | undefined {
  if (typeof bounds === 'object') return { ...bounds, isUpperIncluded: false };
  let lower: RawValue | undefined;
  let upper: RawValue | undefined;
  for (const { value } of entries) {
    if (value === undefined) continue;
    if (lower === undefined || compareValues(value, lower) < 0) lower = value;
    if (upper === undefined || compareValues(value, upper) > 0) upper = value;
  }
  return lower === undefined || upper === undefined ? undefined : { lower, upper, isUpperIncluded: true };
}

function* densifyPartition({ key, entries }: Partition, densify: Densify, span: Span | undefined, count: { generated: number }): Generator<RawDocument> {
  let step = 0;
  let next = span?.lower;
  const isInside = (value: RawValue): boolean => {
    if (span === undefined) return false;
    const order = compareValues(value, span.upper);
    return order < 0 || (order === 0 && span.isUpperIncluded);
  };
  const advance = (): void => {
    step += 1;
    next = valueAt(span!.lower, step, densify);
  };
  for (const { document, value } of entries) {
    while (value !== undefined && next !== undefined && isInside(next) && compareValues(next, value) < 0) {
      yield generated(key, densify, next, count);
      advance();
    }
    if (value !== undefined && next !== undefined && compareValues(next, value) === 0) advance();
    yield document;
  }
  while (next !== undefined && isInside(next)) {
    yield generated(key, densify, next, count);
    advance();
  }
}

/** The sequence's value after so many steps, reckoned from its beginning so that months keep their day. */
function valueAt(lower: RawValue, step: number, densify: Densify): RawValue {
  if (densify.unit === undefined) return add(lower, multiply(densify.step, int32Value(step)));
  return instantValue(addUnits(Number(lower.int64()), densify.unit, step * asDouble(densify.step), utc));
}

function generated(key: readonly Value[], densify: Densify, value: RawValue, count: { generated: number }): RawDocument {
  count.generated += 1;
  if (count.generated > mostGenerated) {
    throw new CommandError(5897900, `Generated ${count.generated} documents in $densify, which is over the limit of ${mostGenerated}. Increase the 'internalQueryMaxAllowedDensifyDocs' parameter to allow more generated documents`);
  }
  const partitioned = densify.partitionBy.reduce((document, path, index) => setPath(document, path.split('.'), key[index]), emptyDocument);
  return setPath(partitioned, densify.field.split('.'), value);
}
