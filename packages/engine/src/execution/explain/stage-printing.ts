// Plans and running stages as explain shows them: `winningPlan`, `rejectedPlans`, `executionStages`.
// Source: the manual's "Explain Results".
import type { RawDocument, RawValue } from '../../bson/raw-value.js';
import { describeValue } from '../../aggregation/describe-value.js';
import { getDocumentField } from '../../bson/reader.js';
import { BsonType } from '../../bson/types.js';
import { arrayValue, documentOf, stringValue } from '../../bson/values.js';
import { DocumentWriter } from '../../bson/writer.js';
import type { Matcher } from '../../query/match/matcher.js';
import { isWithinPath } from '../../query/wildcard-pattern.js';
import type { Interval } from '../interval.js';
import { type FieldBounds, type IndexScanPlan, inputsOf, type PlanNode, type StageName } from '../plan.js';
import { recheckFilter } from '../planner.js';
import type { ExecutionStage } from '../stages/stage.js';
import { Sort } from '../stages/sort.js';
import { printFilter } from './filter-printing.js';

function boundText(value: RawValue): string {
  if (value.type === BsonType.minKey) return 'MinKey';
  if (value.type === BsonType.maxKey) return 'MaxKey';
  if (value.type === BsonType.double) {
    const number = value.double();
    if (!Number.isFinite(number)) return Number.isNaN(number) ? 'nan' : number > 0 ? 'inf.0' : '-inf.0';
  }
  return describeValue(value);
}

function intervalText(interval: Interval, isReversed: boolean): string {
  const low = { text: boundText(interval.low), isInclusive: interval.lowInclusive };
  const high = { text: boundText(interval.high), isInclusive: interval.highInclusive };
  const [first, last] = isReversed ? [high, low] : [low, high];
  return `${first.isInclusive ? '[' : '('}${first.text}, ${last.text}${last.isInclusive ? ']' : ')'}`;
}

function writeBounds(writer: DocumentWriter, bounds: readonly FieldBounds[], direction: IndexScanPlan['direction']): void {
  writer.openDocument('indexBounds');
  for (const { path, intervals, descending } of bounds) {
    const isReversed = descending !== (direction === 'backward');
    const ordered = isReversed ? [...intervals].reverse() : intervals;
    writer.openArray(path);
    ordered.forEach((interval, position) => writer.string(String(position), intervalText(interval, isReversed)));
    writer.close();
  }
  writer.close();
}

function writeFilter(writer: DocumentWriter, matcher: Matcher | undefined): void {
  if (matcher !== undefined && recheckFilter(matcher) !== undefined) writer.document('filter', printFilter(matcher.node));
}

/** The fields of a wildcard index as it is read: the path, and the field that it names. */
function expandedPattern({ bounds }: IndexScanPlan): RawDocument {
  return bounds.reduce((writer, { path, descending }) => writer.int32(path, descending ? -1 : 1), new DocumentWriter()).finish();
}

/** The paths at which there are arrays, where that is known: of most indexes the engine remembers only that there are some. */
function knownArrayPaths({ multikey, wildcard, bounds }: IndexScanPlan): readonly string[] | undefined {
  if (wildcard !== undefined) return wildcard.arrayPaths;
  if (!multikey) return [];
  const [only, ...others] = bounds;
  return only !== undefined && others.length === 0 && !only.path.includes('.') ? [only.path] : undefined;
}

/** For each field of the index those of the paths that lead to it. */
function multikeyPaths({ bounds }: IndexScanPlan, arrayPaths: readonly string[]): RawDocument {
  return documentOf(bounds.map(({ path }) => [path, arrayValue(arrayPaths.filter((each) => isWithinPath(path, each)).map(stringValue))]));
}

function writeScan(writer: DocumentWriter, scan: IndexScanPlan): void {
  const { index } = scan;
  const collation = getDocumentField(index.options, 'collation');
  writer.document('keyPattern', scan.wildcard === undefined ? index.key : expandedPattern(scan)).string('indexName', index.name);
  if (collation !== undefined) writer.append('collation', collation);
  writer.boolean('isMultiKey', scan.multikey);
  const arrayPaths = knownArrayPaths(scan);
  if (arrayPaths !== undefined) writer.document('multiKeyPaths', multikeyPaths(scan, arrayPaths));
  writer.boolean('isUnique', index.unique).boolean('isSparse', index.sparse).boolean('isPartial', index.partialFilterExpression !== undefined)
    .int32('indexVersion', 2).string('direction', scan.direction);
  writeBounds(writer, scan.bounds, scan.direction);
}

/** A number of rows, which may be more than 32 bits hold. */
function writeAmount(writer: DocumentWriter, name: string, count: number): void {
  if (count <= 0x7fff_ffff) writer.int32(name, count);
  else writer.int64(name, BigInt(count));
}

/** What is the stage's own, besides its name and its inputs. */
function writeDetails(writer: DocumentWriter, plan: PlanNode): void {
  switch (plan.stage) {
    case 'EOF':
    case 'RECORD_STORE_FAST_COUNT':
    case 'SUBPLAN':
    case 'OR':
    case 'RETURN_KEY':
    case 'RECORD_ID':
      return;
    case 'COLLSCAN':
      writeFilter(writer, plan.filter);
      writer.string('direction', plan.direction);
      return;
    case 'IDHACK':
    case 'EXPRESS_IXSCAN':
      writer.string('keyPattern', '{ _id: 1 }').string('indexName', '_id_');
      return;
    case 'IXSCAN':
      writeFilter(writer, plan.fromKeys?.filter);
      writeScan(writer, plan);
      return;
    case 'COUNT_SCAN':
    case 'DISTINCT_SCAN':
      writeScan(writer, plan.scan);
      return;
    case 'FETCH':
      writeFilter(writer, plan.filter);
      return;
    case 'SORT':
      writer.document('sortPattern', plan.pattern).int32('memLimit', plan.memoryLimit_bytes);
      if (plan.limit !== undefined) writeAmount(writer, 'limitAmount', plan.limit);
      writer.string('type', 'simple');
      return;
    case 'SORT_MERGE':
      writer.document('sortPattern', plan.pattern);
      return;
    case 'SKIP':
      writeAmount(writer, 'skipAmount', plan.count);
      return;
    case 'LIMIT':
      writeAmount(writer, 'limitAmount', plan.count);
      return;
    case 'PROJECTION_DEFAULT':
    case 'PROJECTION_SIMPLE':
    case 'PROJECTION_COVERED':
      writer.document('transformBy', plan.specification);
  }
}

function writeInputs<Node>(writer: DocumentWriter, inputs: readonly Node[], write: (input: Node) => void, plan: PlanNode): void {
  const [only] = inputs;
  if (plan.stage === 'OR' || plan.stage === 'SORT_MERGE') {
    writer.openArray('inputStages');
    inputs.forEach((input, position) => {
      writer.openDocument(String(position));
      write(input);
      writer.close();
    });
    writer.close();
  } else if (only !== undefined) {
    writer.openDocument('inputStage');
    write(only);
    writer.close();
  }
}

function writePlan(writer: DocumentWriter, plan: PlanNode): void {
  writer.string('stage', plan.stage);
  writeDetails(writer, plan);
  writeInputs(writer, inputsOf(plan), (input) => writePlan(writer, input), plan);
}

/** A plan that was not run. */
export function printPlan(plan: PlanNode): RawDocument {
  const writer = new DocumentWriter();
  writePlan(writer, plan);
  return writer.finish();
}

function writeCounters(writer: DocumentWriter, stage: ExecutionStage): void {
  const { counters } = stage;
  writer.int32('nReturned', counters.advanced).int32('executionTimeMillisEstimate', 0).int32('works', counters.works)
    .int32('advanced', counters.advanced).int32('needTime', counters.needTime).int32('needYield', 0)
    .int32('saveState', 0).int32('restoreState', 0).int32('isEOF', counters.isFinished ? 1 : 0);
}

/** Stages that read keys of an index; some of them read documents where keys do not say enough. */
const keyReaders: ReadonlySet<StageName> = new Set(['IXSCAN', 'COUNT_SCAN', 'DISTINCT_SCAN', 'IDHACK', 'EXPRESS_IXSCAN']);

function writeExamined(writer: DocumentWriter, stage: ExecutionStage): void {
  const { counters, plan } = stage;
  if (keyReaders.has(plan.stage)) writer.int32('keysExamined', counters.keysExamined);
  const readsDocuments = plan.stage === 'FETCH' || plan.stage === 'COLLSCAN' || plan.stage === 'IDHACK' || plan.stage === 'EXPRESS_IXSCAN';
  if (readsDocuments || (keyReaders.has(plan.stage) && counters.docsExamined > 0)) writer.int32('docsExamined', counters.docsExamined);
  if (stage instanceof Sort) writer.int64('totalDataSizeSorted', BigInt(stage.heldBytes)).boolean('usedDisk', stage.spills > 0).int32('spills', stage.spills);
}

/** Writes a stage that was run, with what it counted. */
export function writeExecuted(writer: DocumentWriter, stage: ExecutionStage): void {
  writer.string('stage', stage.plan.stage);
  writeCounters(writer, stage);
  writeDetails(writer, stage.plan);
  writeExamined(writer, stage);
  writeInputs(writer, stage.inputs, (input) => writeExecuted(writer, input), stage.plan);
}

export interface ExaminedTotals {
  readonly keys: number;
  readonly documents: number;
}

export function examinedTotals(stage: ExecutionStage): ExaminedTotals {
  return stage.inputs.map(examinedTotals).reduce(
    (total, input) => ({ keys: total.keys + input.keys, documents: total.documents + input.documents }),
    { keys: stage.counters.keysExamined, documents: stage.counters.docsExamined },
  );
}
