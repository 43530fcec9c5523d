// Compiles a pipeline: looks each stage up in the table, checks where it stands, and joins what works better together.
// Source: the manual's pages "Aggregation Pipeline" and "Aggregation Pipeline Optimization".
import { elements, getDocumentField } from '../../bson/reader.js';
import { arrayValue, documentOf } from '../../bson/values.js';
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import type { QueryEnvironment } from '../../query/environment.js';
import { CommandError } from '../../errors.js';
import { pause, type AppliedLead, type Pipeline, type Stage, type StageContext, type WriteStage } from '../stage.js';
import { matchesFirst } from './match-order.js';
import type { PipelinePlace, StageCompileContext, StageEntry } from './stage-compiler.js';
import { checkPlaces } from './stage-places.js';
import { stageTable } from './stage-table.js';
import { unsupportedStages } from './unsupported-stages.js';

/** The pipeline that these stages describe; throws CommandError with MongoDB's code where they are no good. */
export function compilePipeline(stages: readonly RawDocument[], environment: QueryEnvironment): Pipeline {
  return compileIn(stages, environment, 'top');
}

/** `internalPipelineLengthLimit` of a mongod. */
const maxStages = 1000;

/** One stage as it was written and what became of it. */
interface Compiled {
  readonly name: string;
  readonly specification: RawValue;
  readonly entry: StageEntry;
  readonly stages: readonly Stage[];
}

function compileIn(documents: readonly RawDocument[], environment: QueryEnvironment, place: PipelinePlace): Pipeline {
  if (documents.length > maxStages) throw new CommandError(7749501, `Pipeline length must be no longer than ${maxStages} stages`);
  const context: StageCompileContext = { environment, place, compileNested: compileIn };
  const named = documents.map(nameStage);
  checkPlaces(named, place);
  let write: WriteStage | undefined;
  const compiled: Compiled[] = [];
  for (const { name, specification, entry } of named) {
    const result = entry.compile(specification, context, name);
    if ('kind' in result) write = result;
    else compiled.push({ name, specification, entry, stages: 'run' in result ? [{ ...result, specification }] : result });
  }
  return assemble(matchesFirst(compiled, environment), write);
}

/** Throws for a stage that has no known name, however the pipeline goes on. */
export function checkStageNames(stages: readonly RawDocument[]): void {
  for (const stage of stages) nameStage(stage);
}

function nameStage(document: RawDocument): { name: string; specification: RawValue; entry: StageEntry } {
  const fields = [...elements(documentValue(document))];
  const [first] = fields;
  if (first === undefined || fields.length !== 1) {
    throw new CommandError('Location40323', 'A pipeline stage specification object must contain exactly one field.');
  }
  const [name, specification] = first;
  const entry = stageTable.get(name);
  if (entry !== undefined) return { name, specification, entry };
  const refusal = unsupportedStages.get(name);
  if (refusal !== undefined) throw new CommandError(refusal.code, refusal.message);
  throw new CommandError('Location40324', `Unrecognized pipeline stage name: '${name}'`);
}

function assemble(compiled: readonly Compiled[], write: WriteStage | undefined): Pipeline {
  const matchCount = leadingCount(compiled, '$match', 0);
  const sortCount = compiled[matchCount]?.name === '$sort' ? 1 : 0;
  const leadingMatch = conjunction(compiled.slice(0, matchCount));
  const leadingSort = sortCount === 1 ? compiled[matchCount]!.specification.document() : undefined;
  const stages = compiled.flatMap((each) => each.stages);
  return {
    stages,
    leadingMatch,
    leadingSort,
    isSource: compiled[0]?.entry.isSource === true,
    write,
    readPaths: (applied) => readPaths(stages.slice(appliedCount(applied, matchCount, sortCount))),
    firstOfGroups: compiled[matchCount + sortCount]?.stages[0]?.firstOfGroups,
    run: (input, context) => runAll(narrowSorts(stages), input, context),
    takesCount: (applied) => stages[appliedCount(applied, matchCount, sortCount)]?.ofCount !== undefined,
    runAfter: (applied, input, context) => {
      if (applied.isWhole === true) return input;
      const rest = narrowSorts(stages.slice(appliedCount(applied, matchCount, sortCount)));
      return applied.isCounted === true ? runAll(rest.slice(1), ofCounts(rest[0]!, input), context) : runAll(rest, input, context);
    },
  };
}

/** How many leading stages the plan has already done; a sort counts only with the matches before it. */
function appliedCount(applied: AppliedLead, matchCount: number, sortCount: number): number {
  if (!applied.match && matchCount > 0) return 0;
  return matchCount + (applied.sort ? sortCount : 0);
}

/** What the stage makes of the number of documents that came in their place. */
function* ofCounts({ ofCount }: Stage, input: Iterable<RawDocument>): Generator<RawDocument> {
  for (const document of input) {
    const result = document === pause ? pause : ofCount?.(getDocumentField(document, 'count')?.number() ?? 0);
    if (result !== undefined) yield result;
  }
}

/** What the stages read, up to the first that makes documents of its own. */
function readPaths(stages: readonly Stage[]): readonly string[] | undefined {
  const paths = new Set<string>();
  for (const { reads } of stages) {
    if (reads === undefined) return undefined;
    for (const path of reads.paths) paths.add(path);
    if (reads.replacesDocuments) return [...paths];
  }
  return undefined;
}

function leadingCount(compiled: readonly Compiled[], name: string, from: number): number {
  let count = from;
  while (compiled[count]?.name === name) count += 1;
  return count - from;
}

/** Several `$match`es in a row as one filter. */
function conjunction(matches: readonly Compiled[]): RawDocument | undefined {
  const [first] = matches;
  if (first === undefined) return undefined;
  if (matches.length === 1) return first.specification.document();
  return documentOf([['$and', arrayValue(matches.map(({ specification }) => specification))]]);
}

function runAll(stages: readonly Stage[], input: Iterable<RawDocument>, context: StageContext): Iterable<RawDocument> {
  return stages.reduce((documents, stage) => stage.run(documents, context), input);
}

/** A `$limit` right behind a `$sort`, or behind it with `$skip`s between, bounds what the sort keeps. */
function narrowSorts(stages: readonly Stage[]): readonly Stage[] {
  return stages.map((stage, index) => {
    if (stage.withLimit === undefined) return stage;
    const limit = limitBehind(stages, index + 1);
    return limit === undefined ? stage : stage.withLimit(limit);
  });
}

function limitBehind(stages: readonly Stage[], start: number): number | undefined {
  let skipped = 0;
  for (const stage of stages.slice(start)) {
    if (stage.limit !== undefined) return stage.limit + skipped;
    if (stage.skip === undefined) return undefined;
    skipped += stage.skip;
  }
  return undefined;
}
