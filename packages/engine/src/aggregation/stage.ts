// The contract of pipeline stages: each turns a stream of documents into another. Sources outside (collections, the catalog,
// statistics) are reached through PipelineSources only, so that this folder stays pure.
import type { RawDocument, RawValue } from '../bson/raw-value.js';
import type { QueryEnvironment } from '../query/environment.js';
import type { WorkingMemory } from './working-memory.js';

/** Where stages such as `$lookup`, `$unionWith`, `$out`, `$collStats` get and put documents. Given by execution/. */
export interface PipelineSources {
  /**
   * Documents of a collection or view in the pipeline's consistent view, after `pipeline` ran on it (indexes used); with `pauses`,
   * a `pause` now and then.
   */
  readCollection(database: string, collection: string, pipeline: readonly RawDocument[], environment: QueryEnvironment, pauses?: boolean): Iterable<RawDocument>;
  /** Documents of a source stage by name: `$collStats`, `$indexStats`, `$currentOp`, ... */
  readSource(stage: string, specification: RawDocument): Iterable<RawDocument>;
  /** Throws when the operation must stop; stages that buffer call it now and then. */
  checkInterrupt(): void;
}

export interface StageContext {
  readonly database: string;
  readonly environment: QueryEnvironment;
  readonly sources: PipelineSources;
  readonly allowDiskUse: boolean;
  /** What stages may hold; default: 100 MB each, and no temporary files. */
  readonly memory?: WorkingMemory;
  /** Whether a stage may yield `pause` by itself, because all that come after it pass it on. Default false. */
  readonly pauses?: boolean;
}

/**
 * Stands in the stream for "nothing yet": the reader may serve others before it asks again. Told from documents by identity.
 * A source yields it only where every stage passes it on at once, a blocking one too while it gathers.
 */
export const pause: RawDocument = Buffer.from([5, 0, 0, 0, 0]);

/** What a stage reads of the documents that come in. */
export interface StageReads {
  readonly paths: readonly string[];
  /** Nothing of the documents goes on but what is made of these paths. */
  readonly replacesDocuments: boolean;
}

/** A `$group` that one document of each group, the first one, has all to say about. */
export interface FirstOfGroups {
  /** The field that tells the groups apart. */
  readonly path: string;
  /** Whether it matters which document that is: it is the first one in the pipeline's order. */
  readonly readsFirst: boolean;
}

export interface Stage {
  readonly name: string;
  /** What comes of so many documents, where nothing of them is read: one document, or none. */
  readonly ofCount?: ((count: number) => RawDocument | undefined) | undefined;
  /** Default: it may read anything, and hand it on. */
  readonly reads?: StageReads | undefined;
  readonly firstOfGroups?: FirstOfGroups | undefined;
  /** Pull-based: reads `input` as it is asked for output; a blocking stage reads all of it first. */
  run(input: Iterable<RawDocument>, context: StageContext): Iterable<RawDocument>;
  /** It yields each `pause` that comes in. */
  readonly passesPauses?: boolean;
  /** What it was compiled from, for explain; a stage that stands for another (`$sortByCount`) has none. */
  readonly specification?: RawValue;
  /** A sort: the same stage keeping only the first so many. */
  withLimit?(limit: number): Stage;
  /** `$limit`: how many. */
  readonly limit?: number;
  /** `$skip`: how many. */
  readonly skip?: number;
  /** The collections that a stage reads or writes besides the pipeline's own, for the privilege check. */
  readonly foreignNamespaces?: readonly { readonly database: string | undefined; readonly collection: string; readonly access: 'read' | 'write' }[];
}

/** `$out` and `$merge`: the last stage, whose documents are written by the command that runs the pipeline. */
export interface WriteStage {
  readonly kind: '$out' | '$merge';
  readonly database: string | undefined;
  readonly collection: string;
  readonly specification: RawDocument;
}

/** Which of `leadingMatch` and `leadingSort` the documents already satisfy. A sort counts only if the match (if any) does. */
export interface AppliedLead {
  readonly match: boolean;
  readonly sort: boolean;
  /** All that comes is the number of documents: the next stage makes of it what it would make of them. */
  readonly isCounted?: boolean;
  /** The plan has done all stages. */
  readonly isWhole?: boolean;
}

export interface Pipeline {
  readonly stages: readonly Stage[];
  /** Leading `$match`es, `$sort` and `$limit` are also given here as they were written, for the planner to use an index. */
  readonly leadingMatch: RawDocument | undefined;
  readonly leadingSort: RawDocument | undefined;
  /** A first stage that makes documents of its own (`$documents`, `$collStats`, `$currentOp`): the collection is not read. */
  readonly isSource: boolean;
  readonly write: WriteStage | undefined;
  /** The paths of documents that are read behind the stages that the plan has applied; undefined: documents are asked for whole. */
  readPaths(applied: AppliedLead): readonly string[] | undefined;
  /** Whether the first stage behind those wants to know no more than how many documents there are. */
  takesCount(applied: AppliedLead): boolean;
  /** Where the first stage behind the leading ones takes one document of each group. */
  readonly firstOfGroups: FirstOfGroups | undefined;
  /** Runs all stages on documents as they lie in the collection. */
  run(input: Iterable<RawDocument>, context: StageContext): Iterable<RawDocument>;
  /** As `run`, without the leading stages that the plan which reads the documents has already applied. */
  runAfter(applied: AppliedLead, input: Iterable<RawDocument>, context: StageContext): Iterable<RawDocument>;
}
