// `killAllSessionsByPattern`. Source: the manual's page "killAllSessionsByPattern".
import { parseUser } from '../auth/command-arguments.js';
import { arrayValues, getDocumentField } from '../bson/reader.js';
import type { RawDocument } from '../bson/raw-value.js';
import { BsonType } from '../bson/types.js';
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import type { CommandContext } from '../dispatch/context.js';
import { killSessions, knownSessions, namedSessions } from '../dispatch/session-ending.js';
import { userDigest } from '../dispatch/session-arguments.js';
import { CommandError } from '../errors.js';

export const killAllSessionsByPattern = defineCommand({
  name: 'killAllSessionsByPattern',
  help: 'Kills all sessions that one of the patterns matches: by session, by user digest, by users.',
  fields: { killAllSessionsByPattern: { kind: 'documents', required: true } },
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['killAnySession'] }] },
  async run({ killAllSessionsByPattern: patterns }, context) {
    const known = knownSessions(context.services);
    const matches = patterns.map((pattern) => matcherOf(pattern, context));
    const keys = patterns.length === 0 ? known : known.filter((key) => matches.some((match) => match(key)));
    await killSessions(context.services, keys, context.operation.id);
    return emptyDocument;
  },
});

function matcherOf(pattern: RawDocument, context: CommandContext): (sessionKey: string) => boolean {
  const lsid = getDocumentField(pattern, 'lsid');
  if (lsid?.type === BsonType.object) {
    const [wanted] = namedSessions([lsid.document()], context, 'KillAllSessionsByPattern.lsid');
    return (key) => key === wanted;
  }
  const uid = getDocumentField(pattern, 'uid');
  if (uid?.type === BsonType.binData) {
    const digest = uid.binary().data.toString('hex');
    return (key) => key.endsWith(digest);
  }
  const users = getDocumentField(pattern, 'users');
  if (users?.type === BsonType.array) {
    const digests = arrayValues(users).map((user) => userDigest({ ...parseUser(user, context.database), identity: '' }).toString('hex'));
    return (key) => digests.some((digest) => key.endsWith(digest));
  }
  if (getDocumentField(pattern, 'roles') !== undefined) throw new CommandError('CommandNotSupported', 'patterns by role are not supported; name the users');
  return () => true;
}
