// Fail points: errors on demand, for tests. Only `failCommand` exists, as drivers' and applications' tests use it.
// Source: https://github.com/mongodb/mongo/wiki/The-%22failCommand%22-fail-point
import type { RawDocument } from '../bson/raw-value.js';

/** What `failCommand` does to the commands it names. */
export interface FailCommandData {
  readonly failCommands: ReadonlySet<string>;
  readonly errorCode: number | undefined;
  readonly errorLabels: readonly string[] | undefined;
  readonly writeConcernError: RawDocument | undefined;
  readonly closeConnection: boolean;
  /** 0: does not block. */
  readonly block_ms: number;
  /** Only clients that call themselves so in `hello`. */
  readonly appName: string | undefined;
  /** Fails commands of the engine's own connections too; there are none here. */
  readonly failInternalCommands: boolean;
}

export type FailPointMode =
  | { readonly kind: 'off' }
  | { readonly kind: 'always' }
  | { readonly kind: 'times'; readonly count: number }
  | { readonly kind: 'skip'; readonly count: number }
  | { readonly kind: 'activationProbability'; readonly probability: number };

export class FailPoints {
  private data: FailCommandData | undefined;
  private mode: FailPointMode = { kind: 'off' };
  private timesEntered = 0;

  constructor(private readonly random: () => number) {}

  /** Whether there is anything to ask `take` about. */
  get isSet(): boolean {
    return this.data !== undefined;
  }

  /** Sets `failCommand` anew and returns how often the earlier setting took effect. */
  configure(mode: FailPointMode, data: FailCommandData): number {
    const before = this.timesEntered;
    this.mode = mode;
    this.data = mode.kind === 'off' ? undefined : data;
    this.timesEntered = 0;
    return before;
  }

  /** What is to be done to this command, if anything; counts it. */
  take(commandName: string, appName: string | undefined): FailCommandData | undefined {
    const data = this.data;
    if (data === undefined || !data.failCommands.has(commandName)) return undefined;
    if (data.appName !== undefined && data.appName !== appName) return undefined;
    if (!this.isActive()) return undefined;
    this.timesEntered += 1;
    return data;
  }

  private isActive(): boolean {
    switch (this.mode.kind) {
      case 'off':
        return false;
      case 'always':
        return true;
      case 'times': {
        const left = this.mode.count;
        if (left <= 0) return false;
        this.mode = { kind: 'times', count: left - 1 };
        return true;
      }
      case 'skip': {
        const left = this.mode.count;
        if (left <= 0) return true;
        this.mode = { kind: 'skip', count: left - 1 };
        return false;
      }
      case 'activationProbability':
        return this.random() < this.mode.probability;
    }
  }
}
