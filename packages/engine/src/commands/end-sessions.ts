// `endSessions`. Source: the manual's page "endSessions".
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import { endSessions as end, namedSessions } from '../dispatch/session-ending.js';

export const endSessions = defineCommand({
  name: 'endSessions',
  help: 'Ends sessions before they expire: transactions abort, cursors close.',
  fields: { endSessions: { kind: 'documents', required: true } },
  access: { kind: 'authenticated' },
  stableApi: true,
  async run({ endSessions: sessions }, context) {
    await end(context.services, namedSessions(sessions, context, 'endSessions.endSessions'));
    return emptyDocument;
  },
});
