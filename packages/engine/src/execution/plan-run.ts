// A plan that runs on one collection, as a source of documents.
import { CommandError } from '../errors.js';
import type { CollectionEntry, ReadUnit } from '../storage/units.js';
import type { DocumentSource, NextDocument } from './document-source.js';
import type { PlanNode } from './plan.js';
import { buildStage } from './stages/build-stage.js';
import { finished, needTime, type ExecutionStage, type RunMemory, type Work } from './stages/stage.js';

export class PlanRun implements DocumentSource {
  readonly root: ExecutionStage;
  private readonly database: string;
  private readonly name: string;
  private readonly collectionId: number;

  constructor(plan: PlanNode, collection: CollectionEntry, private readonly memory?: RunMemory) {
    this.root = buildStage(plan);
    this.database = collection.database;
    this.name = collection.name;
    this.collectionId = collection.id;
  }

  /** Throws QueryPlanKilled where the collection is no longer the one that the plan was made for. */
  attach(unit: ReadUnit): void {
    const collection = unit.collection(this.database, this.name);
    if (collection?.id !== this.collectionId) {
      throw new CommandError('QueryPlanKilled', `collection dropped: ${this.database}.${this.name}`);
    }
    this.root.attach({ unit, collection, memory: this.memory });
  }

  detach(): void {
    this.root.detach();
  }

  get isExhausted(): boolean {
    return this.root.isExhausted;
  }

  close(): void {
    this.root.close();
  }

  work(): Work {
    return this.root.work();
  }

  next(): NextDocument {
    const row = this.root.work();
    if (row === needTime || row === finished) return row;
    return row.document ?? needTime;
  }
}
