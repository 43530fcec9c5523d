// `logout`: the connection goes on without a user. Source: the manual's page "logout".
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';

export const logout = defineCommand({
  name: 'logout',
  help: "Ends the connection's authentication.",
  fields: { logout: 'any' },
  access: { kind: 'public' },
  run(_fields, { connection }) {
    connection.user = undefined;
    connection.mechanism = undefined;
    connection.saslConversation = undefined;
    return emptyDocument;
  },
});
