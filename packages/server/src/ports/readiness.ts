// What has to be there before the platform can serve, and what it can do without for a while.

export interface ReadinessProbe {
  readonly name: string;
  /** False: without it the platform serves, with less. Default: true. */
  readonly isRequired?: boolean;
  /** Rejects where it is not there: with NotReady, whose words are shown, or with anything else, whose words are not. */
  check(): Promise<void>;
}

/** What is wrong, in words that may be shown to everybody: the answer is open. */
export class NotReady extends Error {
  override readonly name = 'NotReady';
}
