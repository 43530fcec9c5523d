// Fail points: errors on demand, for tests; those that drivers' and applications' tests use.
// Source: https://github.com/mongodb/mongo/wiki/The-%22failCommand%22-fail-point and the drivers' "Retryable Writes" tests.
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

/** What `onPrimaryTransactionalWrite` does to a retryable write: lose its reply, or keep it from happening. */
export interface TransactionalWriteData {
  readonly closeConnection: boolean;
  /** Set: the write does not happen. */
  readonly failBeforeCommitCode: number | undefined;
}

/** What `failGetMoreAfterCursorCheckout` does: the cursor is found, and lost with this error. */
export interface FailGetMoreData {
  readonly errorCode: number;
  readonly closeConnection: boolean;
}

export type FailPointMode =
  | { readonly kind: 'off' }
  | { readonly kind: 'always' }
  | { readonly kind: 'times'; readonly count: number }
  | { readonly kind: 'skip'; readonly count: number }
  | { readonly kind: 'activationProbability'; readonly probability: number };

/** One fail point: whether it acts now, and on what. */
export class FailPoint<Data> {
  private data: Data | undefined;
  private mode: FailPointMode = { kind: 'off' };
  private timesEntered = 0;

  constructor(private readonly random: () => number) {}

  /** Whether there is anything to ask `take` about. */
  get isSet(): boolean {
    return this.data !== undefined;
  }

  /** Sets it anew and returns how often the earlier setting took effect. */
  configure(mode: FailPointMode, data: Data): number {
    const before = this.timesEntered;
    this.mode = mode;
    this.data = mode.kind === 'off' ? undefined : data;
    this.timesEntered = 0;
    return before;
  }

  /** What is to be done to whom `concerns` accepts, if anything; counts it. */
  take(concerns: (data: Data) => boolean = () => true): Data | undefined {
    const { data } = this;
    if (data === undefined || !concerns(data) || !this.isActive()) return undefined;
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

/** The fail points that only act or do not. */
export type NoData = true;

export class FailPoints {
  readonly failCommand: FailPoint<FailCommandData>;
  readonly onPrimaryTransactionalWrite: FailPoint<TransactionalWriteData>;
  readonly failGetMoreAfterCursorCheckout: FailPoint<FailGetMoreData>;
  /** Whatever has a `maxTimeMS` has exceeded it. */
  readonly maxTimeAlwaysTimeOut: FailPoint<NoData>;
  /** Nothing exceeds its `maxTimeMS`. */
  readonly maxTimeNeverTimeOut: FailPoint<NoData>;

  constructor(random: () => number) {
    this.failCommand = new FailPoint(random);
    this.onPrimaryTransactionalWrite = new FailPoint(random);
    this.failGetMoreAfterCursorCheckout = new FailPoint(random);
    this.maxTimeAlwaysTimeOut = new FailPoint(random);
    this.maxTimeNeverTimeOut = new FailPoint(random);
  }
}
