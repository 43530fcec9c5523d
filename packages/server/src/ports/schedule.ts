// What is to be done to a database at a later time, in the control database: any replica may find it due.

export const scheduledKinds = ['database.purge', 'database.revoke_previous'] as const;
export type ScheduledKind = (typeof scheduledKinds)[number];

export interface ScheduledJob {
  readonly kind: ScheduledKind;
  readonly userId: string;
  readonly databaseId: string;
  /** The MongoDB user it is about, where it is about one. */
  readonly username: string | null;
  readonly runAt: Date;
}

export interface ScheduleStore {
  /** One per kind and database: scheduling again moves it. */
  schedule(job: ScheduledJob): Promise<void>;
  cancel(kind: ScheduledKind, databaseId: string): Promise<void>;
  find(kind: ScheduledKind, databaseId: string): Promise<ScheduledJob | undefined>;
  due(now: Date, limit: number): Promise<readonly ScheduledJob[]>;
}
