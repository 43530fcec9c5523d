// Pages of a walk over legacy users.

/** A place that nothing comes after. */
export const endCursor = 'end';

export interface NextUsers {
  readonly userIds: readonly string[];
  /** Where the next page begins; null: there is none. */
  readonly next: string | null;
}
