// EOF: a plan that is known to find nothing.
import type { PlanNode } from '../plan.js';
import { ExecutionStage, finished, type Work } from './stage.js';

export class EndOfFile extends ExecutionStage {
  constructor(plan: Extract<PlanNode, { stage: 'EOF' }>) {
    super(plan, []);
  }

  protected step(): Work {
    return finished;
  }
}
