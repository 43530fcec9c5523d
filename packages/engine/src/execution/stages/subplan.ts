// SUBPLAN: its rows are those of the plan below, which was put together from plans of its alternatives.
import type { PlanNode } from '../plan.js';
import { ExecutionStage, type Work } from './stage.js';

export class Subplan extends ExecutionStage {
  constructor(plan: Extract<PlanNode, { stage: 'SUBPLAN' }>, private readonly input: ExecutionStage) {
    super(plan, [input]);
  }

  override get isExhausted(): boolean {
    return this.input.isExhausted;
  }

  protected step(): Work {
    return this.input.work();
  }
}
