// `whatsmyuri`: the client's address as the server sees it.
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';

export const whatsmyuri = defineCommand({
  name: 'whatsmyuri',
  help: "Says which address the client's connection comes from.",
  fields: { whatsmyuri: 'any' },
  access: { kind: 'public' },
  run: (_fields, { connection }) => encodeDocument({ you: connection.remoteAddress }),
});
