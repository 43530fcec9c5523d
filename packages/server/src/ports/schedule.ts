// What is to be done to a database at a later time, in the control database: any replica may find it due.

export const scheduledKinds = ['database.purge', 'database.revoke_previous', 'database.end_move'] as const;
export type ScheduledKind = (typeof scheduledKinds)[number];

export interface ScheduledJob {
  readonly kind: ScheduledKind;
  readonly userId: string;
  readonly databaseId: string;
  /** The MongoDB user it is about, where it is about one. */
  readonly username: string | null;
  readonly runAt: Date;
  /** The operation whose end it is, where it is one's. */
  readonly operationId?: string;
  /** Since when the user was seen to be in use by nobody; absent: it was not, or nobody has looked. */
  readonly quietSince?: Date;
}

export interface ScheduleStore {
  /** One per kind and database: scheduling again moves it. */
  schedule(job: ScheduledJob): Promise<void>;
  cancel(kind: ScheduledKind, databaseId: string): Promise<void>;
  find(kind: ScheduledKind, databaseId: string): Promise<ScheduledJob | undefined>;
  /** Jobs of a kind that are not due yet, in the order of their databases' ids: pages for whoever walks them all. */
  pending(kind: ScheduledKind, now: Date, afterDatabaseId: string | null, limit: number): Promise<readonly ScheduledJob[]>;
  /** Writes down since when the job's user is quiet, if the job is still about that user. */
  noteQuiet(job: ScheduledJob, quietSince: Date | null): Promise<void>;
  /** Moves a job to a later time, if it has not been moved or cancelled since it was read. */
  postpone(job: ScheduledJob, until: Date): Promise<void>;
  due(now: Date, limit: number): Promise<readonly ScheduledJob[]>;
}
