// A running plan is a tree of stages. Each is asked for one unit of work at a time, so that a long query can stop anywhere:
// for the event loop, for the end of a batch, or for good. Between two attachments no storage view is held; a stage goes
// on behind its last position in whatever view it is attached to next.
import type { WorkingMemory } from '../../aggregation/working-memory.js';
import type { RawDocument } from '../../bson/raw-value.js';
import type { CollectionEntry, ReadUnit, RecordId } from '../../storage/units.js';
import type { PlanNode } from '../plan.js';

/** What a stage hands to the one above. `document` is undefined until somebody fetches it. */
export interface Row {
  readonly recordId: RecordId;
  readonly document: RawDocument | undefined;
}

/** Some work was done and there is nothing to show for it; ask again. */
export const needTime = 0;
/** There are no more rows. */
export const finished = 1;

export type Work = Row | typeof needTime | typeof finished;

/** Where a stage reads: the collection is looked up anew in each view. */
export interface Attachment {
  readonly unit: ReadUnit;
  readonly collection: CollectionEntry;
  /** What a sort may hold; none: what its plan says, without temporary files. */
  readonly memory?: RunMemory | undefined;
}

/** The memory of the operation that runs a plan. */
export interface RunMemory {
  readonly memory: WorkingMemory;
  readonly allowDiskUse: boolean;
}

/** What explain's `executionStats` says of a stage. */
export interface StageCounters {
  works: number;
  advanced: number;
  needTime: number;
  isFinished: boolean;
  keysExamined: number;
  docsExamined: number;
}

export abstract class ExecutionStage {
  readonly counters: StageCounters = { works: 0, advanced: 0, needTime: 0, isFinished: false, keysExamined: 0, docsExamined: 0 };

  constructor(
    readonly plan: PlanNode,
    readonly inputs: readonly ExecutionStage[],
  ) {}

  /** Goes on in this view. */
  attach(attachment: Attachment): void {
    for (const input of this.inputs) input.attach(attachment);
  }

  /** Lets go of the view; nothing of it may be touched afterwards. */
  detach(): void {
    for (const input of this.inputs) input.detach();
  }

  /** Lets go of memory and files before the end; nothing may be asked of it afterwards. */
  close(): void {
    for (const input of this.inputs) input.close();
  }

  work(): Work {
    const { counters } = this;
    counters.works += 1;
    const result = counters.isFinished ? finished : this.step();
    if (result === needTime) counters.needTime += 1;
    else if (result === finished) counters.isFinished = true;
    else counters.advanced += 1;
    return result;
  }

  /** Whether it is known, without looking for more, that no row is left. A cursor closes with the batch that took the last one then. */
  get isExhausted(): boolean {
    return this.counters.isFinished;
  }

  protected abstract step(): Work;
}
