// The cluster time that replies carry (`operationTime`, `$clusterTime`) and that `$$CLUSTER_TIME` shows: seconds in the
// high 32 bits, a counter in the low ones. It follows the wall clock and never goes back.
import type { EngineClock } from './clock.js';

export class LogicalClock {
  private latest = 0n;
  private latest_s = 0;
  private increment = 0;

  constructor(private readonly clock: EngineClock) {
    this.tick();
  }

  /** The time of the latest tick, as a timestamp value's 64 bits. */
  now(): bigint {
    return this.latest;
  }

  /** Moves on, as every write does, and returns the new time. */
  tick(): bigint {
    const now_s = Math.floor(this.clock.now_ms() / 1000);
    if (now_s > this.latest_s) {
      this.latest_s = now_s;
      this.increment = 1;
    } else {
      this.increment += 1;
    }
    this.latest = (BigInt(this.latest_s) << 32n) | BigInt(this.increment);
    return this.latest;
  }
}
