// Everything a migration of legacy users can find out about a user, by code: what it means and what an operator can do. The table of
// docs/legacy-migration.md is compared with this one.

export interface LegacyFindingDefinition {
  /** `error`: the user is left as they are; `note`: it went well all the same; `issue`: the verification found it. */
  readonly kind: 'error' | 'note' | 'issue';
  readonly meaning: string;
  readonly remedy: string;
}

export const legacyFindings = {
  PASSWORD_UNREADABLE: { kind: 'error', meaning: 'The stored password cannot be read with this cipher and its keys.', remedy: 'Add the right key or cipher to FREEHOLD_LEGACY_CIPHERS and run again; or give the MongoDB user a new password and store that.' },
  PLAIN_PASSWORD_REFUSED: { kind: 'error', meaning: 'The cipher is `plain`, and the run was not told that this is meant.', remedy: 'Run again with --allow-plain.' },
  MONGODB_USER_MISSING: { kind: 'error', meaning: 'The cluster has no MongoDB user of this name.', remedy: 'Make it as the earlier platform did, with the stored password, and run again; or delete the legacy field of a user whose database is gone.' },
  MONGODB_USER_TAKEN: { kind: 'error', meaning: 'The MongoDB user carries the mark of another database or another installation.', remedy: 'Find out whose it is (`customData.freehold`); if nobody\'s, remove the mark and run again.' },
  LOGIN_FAILED: { kind: 'error', meaning: 'The cluster does not accept the stored password.', remedy: 'Give the MongoDB user the stored password again (`db.changeUserPassword`), or store the right one, and run again.' },
  WRONG_ROLES: { kind: 'error', meaning: 'The MongoDB user has roles on other databases than its own.', remedy: 'Take them away, or run again with --extra-roles remove, which does; a rollback gives them back.' },
  ROLES_ADJUSTED: { kind: 'note', meaning: 'The MongoDB user was given readWrite and dbAdmin on its own database, in place of what it had there.', remedy: 'Nothing to do.' },
  EXTRA_ROLES_REMOVED: { kind: 'note', meaning: 'Roles on other databases were taken away, as the run was told.', remedy: 'If an app needs them, roll this user back.' },
  HALF_MIGRATED: { kind: 'note', meaning: 'Somebody\'s earlier attempt had left a `databases` array or a default of another form; it was replaced.', remedy: 'Nothing to do; a rollback brings it back as it was.' },
  HALF_MIGRATED_SEVERAL: { kind: 'error', meaning: 'An earlier attempt left several entries of another form: which one is the database is not for a program to say.', remedy: 'Leave one entry in `databases`, or unset the array, and run again.' },
  DUPLICATE_EMAIL: { kind: 'note', meaning: 'Another account has this e-mail address, in some case. The database is migrated; the user signs in by the address exactly as it is written.', remedy: 'Change or merge one of the accounts, and run the verification with --repair.' },
  SIGN_IN_BCRYPT: { kind: 'note', meaning: 'The sign-in password is stored as a bcrypt hash: it works, and is replaced by ours at the first sign-in after the migration.', remedy: 'Nothing to do.' },
  SIGN_IN_SCRYPT: { kind: 'note', meaning: 'The sign-in password is stored as a scrypt hash: it works, and is replaced by ours at the first sign-in after the migration.', remedy: 'Nothing to do.' },
  SIGN_IN_PBKDF2: { kind: 'note', meaning: 'The sign-in password is stored as a PBKDF2 hash: it works, and is replaced by ours at the first sign-in after the migration.', remedy: 'Nothing to do.' },
  SIGN_IN_UNKNOWN: { kind: 'note', meaning: 'The sign-in password is stored in a form that is not known: nobody can sign in with it. The database is migrated all the same.', remedy: 'Set a new `password_hash`, in one of the forms that are known.' },
  APP_DANGLING: { kind: 'note', meaning: 'Apps named a database that is not there; they use the default database now.', remedy: 'Nothing to do.' },
  USER_CHANGED: { kind: 'error', meaning: 'The user\'s document changed again and again while it was migrated.', remedy: 'Run again when it is quiet.' },
  USER_ID_UNSUPPORTED: { kind: 'error', meaning: 'The `_id` is a text of 24 hexadecimal digits, which stands for an ObjectId everywhere else, or longer than 128 characters.', remedy: 'Store the document again under ObjectId("…") of the same digits, and remove the old one; MongoDB names stay the same.' },
  USER_ID_TOO_LONG: { kind: 'note', meaning: 'The user\'s id does not fit into the name of a further MongoDB database; the present one is not concerned.', remedy: 'The user cannot have further databases under this id.' },
  DATABASE_ID_TAKEN: { kind: 'error', meaning: 'Another user\'s database has the id that this one would get.', remedy: 'Remove the foreign entry that holds it; ids are in the log.' },
  USER_TOO_LARGE: { kind: 'error', meaning: 'The user\'s document and apps are too large to be kept for a rollback (6 MB).', remedy: 'Make them smaller, and run again.' },
  APP_ID_TAKEN: { kind: 'error', meaning: 'An app here has the id of one that would be brought with the user.', remedy: 'Remove one of the two, and run again.' },
  OPERATION_OPEN: { kind: 'error', meaning: 'Another operation on the same database did not end in time.', remedy: 'Run again when it has ended.' },
  WAITING: { kind: 'note', meaning: 'The operation of this user is written down and goes on by itself when what it needs answers again.', remedy: 'Nothing to do; the log says how it ended.' },
  UNEXPECTED: { kind: 'error', meaning: 'Something else went wrong; the user is as before.', remedy: '`details.error` has a code; the log of the platform has more. Run again.' },

  HAS_NEW_DATABASES: { kind: 'error', meaning: 'The user has made further databases, which the earlier platform would not know.', remedy: 'Delete and purge them first, or leave the user migrated.' },
  CREDENTIALS_ROTATED: { kind: 'error', meaning: 'The credential was rotated: the earlier password does not work any more.', remedy: 'Leave the user migrated, or set the earlier password on the earlier MongoDB user by hand.' },
  DATABASE_DELETED: { kind: 'error', meaning: 'The database has been deleted, or is being made again.', remedy: 'Restore it first.' },
  DATABASE_CHANGED: { kind: 'error', meaning: 'Name, description, environment, quota or cluster were changed; `details.fields` says which.', remedy: 'Change them back, or leave the user migrated.' },
  APPS_BOUND: { kind: 'error', meaning: 'Apps name the database by its id, which the earlier platform would not know.', remedy: 'Detach them (`database_id: null`), then roll back.' },
  ACCOUNT_CHANGED: { kind: 'error', meaning: 'The document was brought from another control database and has changed since; `details.fields` says what would be lost with it.', remedy: 'Leave the user migrated, or make the same changes in the other control database and undo them here.' },
  HAS_NEW_APPS: { kind: 'error', meaning: 'The user has apps that were made, or taken over, since they were brought.', remedy: 'Delete them, or leave the user migrated.' },
  LATER_CHANGES_KEPT: { kind: 'note', meaning: 'Other fields of the document have changed since the migration; they were kept. `details.fields` names them.', remedy: 'Nothing to do.' },
  BEFORE_MISSING: { kind: 'error', meaning: 'There is no record of what the user was before.', remedy: 'Was the user migrated by this run? The log of the run says.' },

  NOT_MIGRATED: { kind: 'issue', meaning: 'The user is not migrated yet.', remedy: 'Run the migration; its log says why it failed for this user.' },
  DATABASES_EMPTY: { kind: 'issue', meaning: 'The user was migrated and has no database left.', remedy: 'Nothing to do if the user deleted it.' },
  ENTRY_MALFORMED: { kind: 'issue', meaning: 'An entry of `databases` cannot be read.', remedy: 'Compare it with `docs/legacy-migration.md`, or roll the user back and run again.' },
  DEFAULT_DANGLING: { kind: 'issue', meaning: '`default_database_id` names no active database of the user.', remedy: '--repair points it to the first active one.' },
  DEFAULT_FLAG_WRONG: { kind: 'issue', meaning: '`is_default` of the entries and `default_database_id` do not agree.', remedy: '--repair sets the flags.' },
  CREDENTIAL_MISSING: { kind: 'issue', meaning: 'The cluster has no MongoDB user for the entry.', remedy: '--repair makes it, with the stored password.' },
  CREDENTIAL_REFUSED: { kind: 'issue', meaning: 'The MongoDB user does not accept the stored password.', remedy: 'Rotate the credential.' },
  CREDENTIAL_UNREADABLE: { kind: 'issue', meaning: 'The stored password cannot be read with the master keys.', remedy: 'Give the missing master key, or rotate the credential.' },
  ROLES_WRONG: { kind: 'issue', meaning: 'The MongoDB user has other roles than it should.', remedy: '--repair sets them.' },
  TAG_MISSING: { kind: 'issue', meaning: 'The MongoDB user does not say whose it is.', remedy: '--repair writes it.' },
  APP_UNBOUND: { kind: 'issue', meaning: 'An app names a database that its owner does not have.', remedy: '--repair lets it use the default database.' },
  EMAIL_KEY_MISSING: { kind: 'issue', meaning: 'The user is found by the exact spelling of the address only.', remedy: '--repair makes it found in any case, if no other account has the address.' },
  ORPHANED_MONGODB_USER: { kind: 'issue', meaning: 'A MongoDB user carries our mark, and no entry knows it.', remedy: '--repair drops it.' },
  UNKNOWN_MONGODB_USER: { kind: 'issue', meaning: 'A MongoDB user is named as a legacy user\'s, and there is no such user.', remedy: 'Drop it by hand once you know that nobody uses it.' },
  INDEX_MISSING: { kind: 'issue', meaning: 'An index of the control database is not there.', remedy: '--repair makes it.' },
} as const satisfies Record<string, LegacyFindingDefinition>;

export type LegacyFindingCode = keyof typeof legacyFindings;
export const legacyFindingCodes = Object.keys(legacyFindings) as [LegacyFindingCode, ...LegacyFindingCode[]];
