// The documents of `$listLocalSessions` and `$listSessions`: the sessions that the engine knows, each with its last use.
// Source: the manual's page "$listLocalSessions".
import { parseUser } from '../../auth/command-arguments.js';
import { arrayValues, elements } from '../../bson/reader.js';
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { isTruthy } from '../../bson/truth.js';
import { BsonType } from '../../bson/types.js';
import { encodeDocument } from '../../bson/values.js';
import type { CommandContext } from '../../dispatch/context.js';
import { sessionDocument } from '../../dispatch/operation-documents.js';
import { userDigest } from '../../dispatch/session-arguments.js';
import { CommandError } from '../../errors.js';

interface Selection {
  readonly allUsers: boolean;
  /** The digests of these users, as hex; undefined: the caller alone. */
  readonly users: readonly string[] | undefined;
}

function usersOf(value: RawValue, stage: string): readonly string[] {
  if (value.type !== BsonType.array) throw new CommandError('TypeMismatch', `BSON field '${stage}.users' is the wrong type, expected type 'array'`);
  return arrayValues(value).map((user) => userDigest({ ...parseUser(user, ''), identity: '' }).toString('hex'));
}

function selectionOf(specification: RawDocument, stage: string): Selection {
  let allUsers = false;
  let users: readonly string[] | undefined;
  for (const [name, value] of elements(documentValue(specification))) {
    if (name === 'allUsers') allUsers = isTruthy(value);
    else if (name === 'users') users = usersOf(value, stage);
    else throw new CommandError('Location40415', `BSON field '${stage}.${name}' is an unknown field.`);
  }
  if (allUsers && users !== undefined) throw new CommandError('UnsupportedFormat', `${stage} may not specify {allUsers:true} and {users:[...]} at the same time`);
  return { allUsers, users };
}

/** Throws Unauthorized where the caller asks for other users' sessions and may not list them. */
export function sessionDocuments(specification: RawDocument, context: CommandContext, stage: string): RawDocument[] {
  const { allUsers, users } = selectionOf(specification, stage);
  const { access, transactions } = context.services;
  const own = userDigest(context.connection.user).toString('hex');
  const isOwnOnly = !allUsers && (users ?? [own]).every((digest) => digest === own);
  if (!isOwnOnly) access.authorize(context, [{ resource: { cluster: true }, actions: ['listSessions'] }]);
  const isShown = (sessionKey: string): boolean => allUsers || (users ?? [own]).some((digest) => sessionKey.endsWith(digest));
  const documents: RawDocument[] = [];
  for (const { sessionKey, lastUse_ms } of transactions.sessionUses()) {
    if (isShown(sessionKey)) documents.push(encodeDocument({ _id: sessionDocument(sessionKey), lastUse: new Date(lastUse_ms) }));
  }
  return documents;
}
