// `killSessions`. Source: the manual's page "killSessions".
import { getDocumentField } from '../bson/reader.js';
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import { killSessions as kill, knownSessions, namedSessions } from '../dispatch/session-ending.js';
import { userDigest } from '../dispatch/session-arguments.js';

export const killSessions = defineCommand({
  name: 'killSessions',
  help: "Kills sessions with all that runs in them; without names, all of the caller's.",
  fields: { killSessions: { kind: 'documents', required: true } },
  // One's own sessions need no privilege.
  access: { kind: 'authenticated' },
  async run({ killSessions: sessions }, context) {
    const { services, connection, operation } = context;
    const own = userDigest(connection.user).toString('hex');
    if (sessions.some((session) => getDocumentField(session, 'uid') !== undefined)) {
      services.access.authorize(context, [{ resource: { cluster: true }, actions: ['killAnySession'] }]);
    }
    const keys = sessions.length > 0 ? namedSessions(sessions, context, 'killSessions.killSessions') : knownSessions(services).filter((key) => key.endsWith(own));
    await kill(services, keys, operation.id);
    return emptyDocument;
  },
});
