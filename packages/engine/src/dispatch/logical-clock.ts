// The one clock of everything that happens in order: the `ts` of oplog entries, `clusterTime` of change events, and what replies
// carry as `operationTime` and `$clusterTime`. A time is seconds in the high 32 bits and a counter in the low ones; it follows the
// wall clock, is never given twice and never goes back, over restarts neither: it begins behind the newest oplog entry.
import type { EngineClock } from './clock.js';

export interface GivenTime {
  readonly seconds: number;
  readonly increment: number;
}

/** So many times a second has at most; more (the wall clock was put back) are of the next one. It keeps the oplog's record ids small. */
const incrementMax = 2 ** 18 - 1;

export class LogicalClock {
  private given_s: number;
  private givenIncrement: number;
  private reached_s: number;
  private reachedIncrement: number;
  /** `reached` as 64 bits, made when somebody asks. */
  private reachedTime: bigint | undefined;

  /** `start`: the newest time that was ever given; undefined: none was. */
  constructor(private readonly clock: EngineClock, start?: bigint) {
    this.given_s = start === undefined ? Math.floor(clock.now_ms() / 1000) : Number(start >> 32n);
    this.givenIncrement = start === undefined ? 1 : Number(start & 0xffffffffn);
    this.reached_s = this.given_s;
    this.reachedIncrement = this.givenIncrement;
  }

  /** The time of the newest change that is durable: everything up to it may be read. */
  now(): bigint {
    this.reachedTime ??= (BigInt(this.reached_s) << 32n) | BigInt(this.reachedIncrement);
    return this.reachedTime;
  }

  /** A time that nobody else gets, behind all that were given. */
  next(): bigint {
    this.advance();
    return this.newest();
  }

  /** As `next`, written big-endian in front of a key. */
  writeNext(key: Buffer): void {
    this.advance();
    key.writeUInt32BE(this.given_s, 0);
    key.writeUInt32BE(this.givenIncrement, 4);
  }

  /** The newest time that was given; see `reach`. */
  given(): GivenTime {
    return { seconds: this.given_s, increment: this.givenIncrement };
  }

  /** As `given`, as 64 bits. Changes up to it may be on their way to the disk still. */
  newest(): bigint {
    return (BigInt(this.given_s) << 32n) | BigInt(this.givenIncrement);
  }

  /** All that was given up to this time (now, if there is none) is durable, or will never be used. */
  reach({ seconds, increment }: GivenTime = this.given()): void {
    this.reached_s = seconds;
    this.reachedIncrement = increment;
    this.reachedTime = undefined;
  }

  private advance(): void {
    const now_s = Math.floor(this.clock.now_ms() / 1000);
    if (now_s > this.given_s) {
      this.given_s = now_s;
      this.givenIncrement = 0;
    }
    if (this.givenIncrement === incrementMax) {
      this.given_s += 1;
      this.givenIncrement = 0;
    }
    this.givenIncrement += 1;
  }
}
