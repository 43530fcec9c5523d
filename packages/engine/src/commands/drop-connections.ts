// `dropConnections`: connections that a server has to others, of which the engine has none. Source: the manual's page "dropConnections".
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';

export const dropConnections = defineCommand({
  name: 'dropConnections',
  help: 'Drops connections to other servers; the engine has none.',
  fields: { dropConnections: 'any', hostAndPort: { kind: 'array', required: true } },
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['dropConnections'] }] },
  adminOnly: true,
  run: () => emptyDocument,
});
