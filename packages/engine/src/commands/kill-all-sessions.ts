// `killAllSessions`. Source: the manual's page "killAllSessions".
import { parseUser } from '../auth/command-arguments.js';
import { userDigest } from '../dispatch/session-arguments.js';
import { documentValue } from '../bson/raw-value.js';
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import { killSessions, knownSessions } from '../dispatch/session-ending.js';

export const killAllSessions = defineCommand({
  name: 'killAllSessions',
  help: 'Kills all sessions of the users that it names, or of everybody.',
  fields: { killAllSessions: { kind: 'documents', required: true } },
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['killAnySession'] }] },
  async run({ killAllSessions: users }, { services, operation, database }) {
    const digests = users.map((user) => userDigest({ ...parseUser(documentValue(user), database), identity: '' }).toString('hex'));
    const keys = knownSessions(services).filter((key) => digests.length === 0 || digests.some((digest) => key.endsWith(digest)));
    await killSessions(services, keys, operation.id);
    return emptyDocument;
  },
});
