// `refreshSessions`. Source: the manual's page "refreshSessions".
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import { namedSessions } from '../dispatch/session-ending.js';

export const refreshSessions = defineCommand({
  name: 'refreshSessions',
  help: 'Keeps idle sessions from expiring.',
  fields: { refreshSessions: { kind: 'documents', required: true } },
  access: { kind: 'authenticated' },
  stableApi: true,
  run({ refreshSessions: sessions }, context) {
    context.services.transactions.refreshSessions(namedSessions(sessions, context, 'refreshSessions.refreshSessions'));
    return emptyDocument;
  },
});
