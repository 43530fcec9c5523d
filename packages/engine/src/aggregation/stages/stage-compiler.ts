// The shape of an entry of the stage table, and what a stage is compiled with.
import type { RawDocument, RawValue } from '../../bson/raw-value.js';
import type { QueryEnvironment } from '../../query/environment.js';
import type { Pipeline, Stage, WriteStage } from '../stage.js';

/** What kind of pipeline this is: some stages are refused in some of them. */
export type PipelinePlace = 'top' | 'facet' | 'lookup' | 'unionWith';

export interface StageCompileContext {
  readonly environment: QueryEnvironment;
  readonly place: PipelinePlace;
  /** Compiles a pipeline inside this one (`$facet`, `$lookup`, `$unionWith`). */
  compileNested(stages: readonly RawDocument[], environment: QueryEnvironment, place: PipelinePlace): Pipeline;
}

export interface StageEntry {
  compile(specification: RawValue, context: StageCompileContext, name: string): CompiledStage;
  /** It makes documents of its own and must be the first stage. */
  readonly isSource?: boolean;
  /** It must be the last stage (`$out`, `$merge`). */
  readonly isWrite?: boolean;
  /** Whether it may stand inside `$facet`; default true. */
  readonly isAllowedInFacet?: boolean;
}

/** One stage of the table may stand for several (`$sortByCount` is `$group` and `$sort`). */
export type CompiledStage = Stage | readonly Stage[] | WriteStage;
