// The indexes that the control database is to have.

export interface ControlIndexes {
  /** Names of those that are not there. */
  missing(): Promise<readonly string[]>;
  /** Makes them; safe on several replicas at once. */
  make(): Promise<void>;
}
