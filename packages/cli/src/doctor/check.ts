// What a check of `freehold doctor` is.
import type { Configuration } from '@freehold/server';

export interface Finding {
  readonly status: 'ok' | 'warning' | 'failed';
  readonly found: string;
  /** What to do; where there is something to do. */
  readonly remedy?: string;
}

export interface CheckSubject {
  readonly configuration: Configuration;
  readonly serverUrl: string;
  readonly token: string | undefined;
}

export interface Check {
  readonly name: string;
  run(subject: CheckSubject): Promise<Finding>;
}
