// SKIP and LIMIT.
import type { PlanNode } from '../plan.js';
import { ExecutionStage, finished, needTime, type Work } from './stage.js';

export class Skip extends ExecutionStage {
  private remaining: number;

  constructor(plan: Extract<PlanNode, { stage: 'SKIP' }>, private readonly input: ExecutionStage) {
    super(plan, [input]);
    this.remaining = plan.count;
  }

  /** Nothing comes but what comes from below. */
  override get isExhausted(): boolean {
    return this.input.isExhausted;
  }

  protected step(): Work {
    const row = this.input.work();
    if (row === needTime || row === finished || this.remaining === 0) return row;
    this.remaining -= 1;
    return needTime;
  }
}

export class Limit extends ExecutionStage {
  private remaining: number;

  constructor(plan: Extract<PlanNode, { stage: 'LIMIT' }>, private readonly input: ExecutionStage) {
    super(plan, [input]);
    this.remaining = plan.count;
  }

  override get isExhausted(): boolean {
    return this.remaining === 0 || super.isExhausted;
  }

  protected step(): Work {
    if (this.remaining === 0) return finished;
    const row = this.input.work();
    if (row !== needTime && row !== finished) this.remaining -= 1;
    return row;
  }
}
