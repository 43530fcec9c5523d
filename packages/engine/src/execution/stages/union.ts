// OR: the rows of all inputs, each record once.
import type { RecordId } from '../../storage/units.js';
import { ExecutionStage, finished, needTime, type Work } from './stage.js';

export class Union extends ExecutionStage {
  private current = 0;
  private readonly seen = new Set<RecordId>();

  protected step(): Work {
    const input = this.inputs[this.current];
    if (input === undefined) return finished;
    const row = input.work();
    if (row === finished) {
      this.current += 1;
      return needTime;
    }
    if (row === needTime) return needTime;
    if (this.seen.has(row.recordId)) return needTime;
    this.seen.add(row.recordId);
    return row;
  }
}
