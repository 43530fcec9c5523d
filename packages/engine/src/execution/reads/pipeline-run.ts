// A pipeline that runs over a collection, as a source of documents: a plan finds them, the stages work on them.
// Collections that stages read besides (`$lookup`, `$unionWith`) are read in the same view and let go of with it.
import type { RawDocument } from '../../bson/raw-value.js';
import { compilePipeline } from '../../aggregation/stages/compile-pipeline.js';
import { pause, type AppliedLead, type Pipeline, type PipelineSources } from '../../aggregation/stage.js';
import { memoryOnly, type WorkingMemory } from '../../aggregation/working-memory.js';
import type { QueryEnvironment } from '../../query/environment.js';
import type { CollectionEntry, ReadUnit } from '../../storage/units.js';
import type { DocumentSource, NextDocument } from '../document-source.js';
import type { Hint } from '../hint.js';
import type { IndexFilters } from '../index-filters.js';
import type { IndexUsage } from '../index-usage.js';
import type { PlanNode } from '../plan.js';
import { noOthers, type PlannedQuery } from '../planner.js';
import { PlanRun } from '../plan-run.js';
import { finished, needTime, type RunMemory } from '../stages/stage.js';
import { planCovered, planDistinctRead } from './key-plans.js';
import { compileRead, planRead, type ReadQuery } from './read-query.js';
import { resolveNamespace } from './views.js';
import { wholeRead } from './whole-read.js';

/** What a pipeline reaches of the server: the documents of source stages, and the order to stop. */
export interface PipelineHost {
  readSource(stage: string, specification: RawDocument, unit: ReadUnit): Iterable<RawDocument>;
  checkInterrupt(): void;
  readonly indexUsage?: IndexUsage | undefined;
  readonly indexFilters?: IndexFilters | undefined;
  /** What stages may hold; default: 100 MB each, and no temporary files. */
  readonly memory?: WorkingMemory | undefined;
}

export interface PipelineRequest {
  readonly database: string;
  /** undefined: the pipeline makes documents of its own (`{aggregate: 1}`). */
  readonly collection: string | undefined;
  readonly stages: readonly RawDocument[];
  readonly environment: QueryEnvironment;
  readonly allowDiskUse: boolean;
  readonly hint?: Hint | undefined;
  readonly host: PipelineHost;
}

const wholeApplied: AppliedLead = { match: true, sort: true, isWhole: true };

const interruptEvery = 1024;
const pauseEvery = 32;

/** The head of a pipeline as a plan, and which of its stages the plan does already. */
export interface PlannedPipeline {
  readonly pipeline: Pipeline;
  readonly planned: PlannedQuery | undefined;
  readonly applied: AppliedLead;
  /** What was planned. */
  readonly query: ReadQuery | undefined;
  readonly run: PlanRun | undefined;
}

/** Resolves views, compiles, and plans the leading `$match` and `$sort`; all of a pipeline that is no more than a find. */
export function planPipeline(unit: ReadUnit, request: PipelineRequest): PlannedPipeline {
  const { database, environment, collection } = request;
  const resolved = collection === undefined ? undefined : resolveNamespace(unit, database, collection);
  const pipeline = compilePipeline([...(resolved?.pipeline ?? []), ...request.stages], environment);
  if (pipeline.isSource || resolved?.collection === undefined) return { pipeline, planned: undefined, applied: { match: false, sort: false }, query: undefined, run: undefined };
  const shape = wholeRead(pipeline);
  const query = compileRead(
    { ...shape, filter: pipeline.leadingMatch, sort: pipeline.leadingSort, hint: request.hint, allowDiskUse: request.allowDiskUse, indexFilters: request.host.indexFilters },
    environment,
  );
  const { planned, applied } = shape === undefined ? planLead(unit, resolved.collection, pipeline, query) : { planned: planRead(unit, resolved.collection, query), applied: wholeApplied };
  request.host.indexUsage?.note(planned.winning, resolved.collection.indexes.find(({ name }) => name === '_id_'));
  return { pipeline, planned, applied, query, run: new PlanRun(planned.winning, resolved.collection, runMemory(request)) };
}

/** The plan of the leading stages, which reads no more of the documents than the others do. */
function planLead(unit: ReadUnit, collection: CollectionEntry, pipeline: Pipeline, query: ReadQuery): { readonly planned: PlannedQuery; readonly applied: AppliedLead } {
  const sortApplied = { match: true, sort: query.sort !== undefined };
  const first = pipeline.firstOfGroups;
  // Which document of a group comes first is for a sort to say.
  const isByFirst = first !== undefined && (!first.readsFirst || query.sort !== undefined);
  const distinct = isByFirst ? planDistinctRead(collection, query, { path: first.path, isMissingKept: true, isWhole: first.readsFirst }) : undefined;
  if (distinct !== undefined) return { planned: { winning: distinct, rejected: noOthers }, applied: sortApplied };
  const withSort = planRead(unit, collection, query);
  // A sort that no index gives is left to the pipeline's own stage, which knows how many rows are wanted.
  const isSorted = withSort.winning.stage !== 'SORT' && !(withSort.winning.stage === 'SUBPLAN' && withSort.winning.input.stage === 'SORT');
  const planned = isSorted ? withSort : planRead(unit, collection, { ...query, sort: undefined });
  const applied = isSorted ? sortApplied : { match: true, sort: false };
  if (isWholeCollection(planned.winning, collection) && pipeline.takesCount(applied)) {
    return { planned: { winning: { stage: 'RECORD_STORE_FAST_COUNT' }, rejected: noOthers }, applied: { ...applied, isCounted: true } };
  }
  const paths = pipeline.readPaths(applied);
  const winning = paths === undefined ? undefined : planCovered(planned.winning, paths, query);
  return { planned: winning === undefined ? planned : { ...planned, winning }, applied };
}

/** Whether the plan reads all documents, whose number the collection knows; what the server makes up by itself it does not count. */
function isWholeCollection(plan: PlanNode, { database }: CollectionEntry): boolean {
  return plan.stage === 'COLLSCAN' && plan.filter === undefined && database !== 'local';
}

function runMemory({ host, allowDiskUse }: PipelineRequest): RunMemory | undefined {
  return host.memory === undefined ? undefined : { memory: host.memory, allowDiskUse };
}

export class PipelineRun implements DocumentSource {
  private unit: ReadUnit | undefined;
  private documents: Iterator<RawDocument> | undefined;
  private readonly nested = new Set<PipelineRun>();
  private prepared: PlannedPipeline | undefined;

  constructor(private readonly request: PipelineRequest, prepared?: PlannedPipeline) {
    this.prepared = prepared;
  }

  attach(unit: ReadUnit): void {
    this.unit = unit;
    this.prepared ??= planPipeline(unit, this.request);
    this.prepared.run?.attach(unit);
    for (const nested of this.nested) nested.attach(unit);
  }

  detach(): void {
    for (const nested of this.nested) nested.detach();
    this.prepared?.run?.detach();
    this.unit = undefined;
  }

  next(): NextDocument {
    this.documents ??= this.open();
    const next = this.documents.next();
    if (next.done === true) return finished;
    return next.value === pause ? needTime : next.value;
  }

  /** Lets go of everything before the end. */
  close(): void {
    this.documents?.return?.();
    this.prepared?.run?.close();
    this.detach();
  }

  private open(): Iterator<RawDocument> {
    const { pipeline, applied, run } = this.prepared!;
    const { database, environment, allowDiskUse, host } = this.request;
    const sources: PipelineSources = {
      readCollection: (foreignDatabase, collection, stages, foreignEnvironment, pauses) =>
        this.readNested({ ...this.request, database: foreignDatabase, collection, stages, environment: foreignEnvironment, hint: undefined }, pauses === true),
      readSource: (stage, specification) => host.readSource(stage, specification, this.unit!),
      checkInterrupt: () => host.checkInterrupt(),
    };
    const passesPauses = pipeline.stages.every((stage) => stage.passesPauses === true);
    const input = run === undefined ? [] : rowsOf(run, host, passesPauses);
    return pipeline.runAfter(applied, input, { database, environment, sources, allowDiskUse, memory: host.memory ?? memoryOnly, pauses: passesPauses })[Symbol.iterator]();
  }

  private *readNested(request: PipelineRequest, pauses: boolean): Generator<RawDocument> {
    const nested = new PipelineRun(request);
    nested.attach(this.unit!);
    this.nested.add(nested);
    try {
      for (let next = nested.next(); next !== finished; next = nested.next()) {
        if (next !== needTime) yield next;
        else if (pauses) yield pause;
      }
    } finally {
      this.nested.delete(nested);
      nested.close();
    }
  }
}

/** The plan's documents; with `pauses`, a pause now and then, so that no stage keeps the event loop to itself. */
function* rowsOf(run: PlanRun, host: PipelineHost, pauses: boolean): Generator<RawDocument> {
  let works = 0;
  for (let next = run.next(); next !== finished; next = run.next()) {
    works += 1;
    if (works % interruptEvery === 0) host.checkInterrupt();
    if (pauses && works % pauseEvery === 0) yield pause;
    if (next !== needTime) yield next;
  }
}
