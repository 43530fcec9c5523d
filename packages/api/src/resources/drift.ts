// Every way in which records, clusters and apps can disagree (R5.8), by kind: what it is, and what a run of the reconciler does about it.

export interface DriftDefinition {
  readonly about: 'credential' | 'database' | 'user' | 'app' | 'operation' | 'cluster' | 'platform';
  /** `operation`: one of the journal; `write`: one conditional write; `none`: only a person can tell what is right. */
  readonly repair: 'operation' | 'write' | 'none';
  readonly meaning: string;
  /** What the repair does, or what an operator can do. */
  readonly remedy: string;
}

export const driftKinds = {
  credential_missing: { about: 'credential', repair: 'operation', meaning: 'An active database has no MongoDB user.', remedy: 'It is made again, with the stored password.' },
  credential_unwanted: { about: 'credential', repair: 'operation', meaning: 'A deleted or failed database has a MongoDB user all the same.', remedy: 'It is dropped.' },
  wrong_roles: { about: 'credential', repair: 'operation', meaning: 'A MongoDB user has other roles than its database allows.', remedy: 'They are set again.' },
  credential_foreign: { about: 'credential', repair: 'none', meaning: 'The MongoDB user of a database does not carry its mark: somebody else made it, or took the mark off.', remedy: 'Find out whose it is; rotating the credential makes another one.' },
  orphaned_credential: { about: 'credential', repair: 'write', meaning: 'A MongoDB user carries our mark, and no record knows it.', remedy: 'It is dropped.' },
  entry_stuck_provisioning: { about: 'database', repair: 'write', meaning: 'A database is being made, and no operation is at work on it.', remedy: 'It becomes `failed`, so that its owner can delete it; nobody was given its credential.' },
  entry_stuck_migrating: { about: 'database', repair: 'none', meaning: 'A database is being moved, and no operation is at work on it.', remedy: 'Look which side has the data, then set its status.' },
  entry_malformed: { about: 'user', repair: 'none', meaning: 'The databases of a user cannot be read.', remedy: 'Mend the document by hand, or put it back from a backup of the control database.' },
  cluster_unregistered: { about: 'database', repair: 'none', meaning: 'A database is on a cluster that is not in the register.', remedy: 'Register the cluster again under this id.' },
  purge_unscheduled: { about: 'database', repair: 'write', meaning: 'A deleted database has no time at which it is purged.', remedy: 'It is scheduled for the end of its seven days.' },
  purge_overdue: { about: 'database', repair: 'operation', meaning: 'A deleted database should have been purged more than an hour ago.', remedy: 'It is purged.' },
  default_dangling: { about: 'user', repair: 'write', meaning: '`default_database_id` names no database that can be the default.', remedy: 'It names the one that apps get in its place, or none.' },
  default_flag_wrong: { about: 'user', repair: 'write', meaning: '`is_default` of the entries and `default_database_id` do not agree.', remedy: 'The flags follow `default_database_id`.' },
  database_rows_wrong: { about: 'user', repair: 'write', meaning: 'The rows that an owner of many databases is listed from are not what their document says.', remedy: 'They are made from the document.' },
  app_count_wrong: { about: 'database', repair: 'write', meaning: '`app_count` is not the number of apps that name the database.', remedy: 'They are counted again.' },
  app_unbound: { about: 'app', repair: 'write', meaning: 'An app names a database that its owner does not have.', remedy: 'It uses its owner\'s default database.' },
  app_credential_outdated: { about: 'app', repair: 'write', meaning: 'An app runs with a credential that its database does not have any more.', remedy: 'It is deployed again.' },
  quota_level_wrong: { about: 'database', repair: 'operation', meaning: 'The level of a database is not what its size and quota say.', remedy: 'The level is written, and its roles with it.' },
  sizes_stale: { about: 'platform', repair: 'none', meaning: 'No round of measurements was finished for more than an hour.', remedy: 'Look for `job.failed` of `collect_sizes` in the log, and for clusters that do not answer.' },
  lease_stale: { about: 'operation', repair: 'operation', meaning: 'Nobody has taken up an open operation whose lease ran out more than ten minutes ago.', remedy: 'It is taken up.' },
  expired_records: { about: 'platform', repair: 'write', meaning: 'Sessions, tokens, confirm tokens or idempotency keys are there more than an hour after they expired.', remedy: 'They are removed.' },
  index_missing: { about: 'platform', repair: 'write', meaning: 'An index of the control database is not there.', remedy: 'It is made.' },
  user_count_wrong: { about: 'cluster', repair: 'write', meaning: 'The number of databases that is written with a cluster is not what records say.', remedy: 'It is counted again.' },
} as const satisfies Record<string, DriftDefinition>;

export type DriftKind = keyof typeof driftKinds;
export const driftKindNames = Object.keys(driftKinds) as [DriftKind, ...DriftKind[]];
