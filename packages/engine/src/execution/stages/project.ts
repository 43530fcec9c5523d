// PROJECTION_DEFAULT, PROJECTION_SIMPLE and PROJECTION_COVERED: shapes each document.
import { documentValue } from '../../bson/raw-value.js';
import type { PlanNode, ProjectionStage } from '../plan.js';
import { ExecutionStage, finished, needTime, type Work } from './stage.js';

export class Project extends ExecutionStage {
  constructor(
    override readonly plan: Extract<PlanNode, { stage: ProjectionStage }>,
    private readonly input: ExecutionStage,
  ) {
    super(plan, [input]);
  }

  /** Nothing comes but what comes from below. */
  override get isExhausted(): boolean {
    return this.input.isExhausted;
  }

  protected step(): Work {
    const row = this.input.work();
    if (row === needTime || row === finished || row.document === undefined) return row;
    const { projection, matcher } = this.plan;
    const value = documentValue(row.document);
    const arrayIndex = projection.needsArrayIndex ? matcher.matchPosition(value).arrayIndex : undefined;
    return { recordId: row.recordId, document: projection.apply(value, arrayIndex) };
  }
}
